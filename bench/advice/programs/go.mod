module memgap.test/advice

go 1.24
