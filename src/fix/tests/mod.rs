//! Tests of the fixes.
