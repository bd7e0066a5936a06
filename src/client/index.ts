export * from './kalpa-client';
export * from './kalpa-failure';
export * from './run-handle';
