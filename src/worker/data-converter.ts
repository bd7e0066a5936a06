/** How every worker of ours sends what it has to say; clients read it without. */
export const dataConverter = { failureConverterPath: require.resolve('./failure-converter') };
