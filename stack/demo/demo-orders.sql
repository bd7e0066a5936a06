CREATE TABLE customers (
  id serial PRIMARY KEY,
  name text NOT NULL,
  email text UNIQUE,
  joined timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE products (
  sku text PRIMARY KEY,
  title text NOT NULL,
  price numeric(10, 2) NOT NULL,
  attributes jsonb
);
CREATE TABLE orders (
  id bigserial PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers (id),
  placed timestamptz NOT NULL,
  status text NOT NULL
);
CREATE INDEX orders_by_customer ON orders (customer_id);
INSERT INTO customers (name, email, joined)
SELECT 'Customer ' || i, 'customer' || i || '@example.com', timestamptz '2026-01-01 00:00:00+00' + i * interval '1 hour' FROM generate_series(1, 500) i;
INSERT INTO products SELECT 'SKU-' || i, 'Product ' || i, i * 1.25, jsonb_build_object('weight', i, 'colours', jsonb_build_array('red', 'grün')) FROM generate_series(1, 200) i;
INSERT INTO orders (customer_id, placed, status)
SELECT 1 + i % 500, timestamptz '2026-06-01 00:00:00+00' + i * interval '7 minutes', (ARRAY['open', 'paid', 'sent'])[1 + i % 3] FROM generate_series(1, 3000) i;
