CREATE TABLE order_lines (
  order_id bigint NOT NULL REFERENCES orders (id),
  line integer NOT NULL,
  sku text NOT NULL REFERENCES products (sku),
  amount integer NOT NULL,
  PRIMARY KEY (order_id, line)
);
INSERT INTO order_lines
SELECT 1 + i % 3000, 1 + i / 3000, 'SKU-' || (1 + i % 200), 1 + i % 5 FROM generate_series(0, 8999) i;
