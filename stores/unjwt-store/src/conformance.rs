//! The rules of [`Store`](crate::Store) as tests.
