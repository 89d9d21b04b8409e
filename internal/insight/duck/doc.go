// Package duck keeps facts in a DuckDB file (insight.Base). It is the only place that knows of DuckDB, which needs cgo: a build without
// cgo, or with the tag noduckdb, has [Open] say so.
package duck
