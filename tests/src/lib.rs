//! The integration tests of `unjwt`; see the files beside `src`.
