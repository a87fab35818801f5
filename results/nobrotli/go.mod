// Stands in for the Brotli that parquet-go links in: see brotli.go.
module github.com/andybalholm/brotli

go 1.26.0
