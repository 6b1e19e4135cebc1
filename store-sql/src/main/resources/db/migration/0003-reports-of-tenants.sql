-- Which reports a tenant wants for mail that says nothing of them: none, failure or failureAndDelay.
ALTER TABLE tenants ADD COLUMN bounce_reports TEXT NOT NULL DEFAULT 'none';
