//! Sessions in frameworks that are not axum.

mod actix_web;
mod lambda;
mod poem;
mod tonic;
