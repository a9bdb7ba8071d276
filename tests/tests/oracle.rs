//! A refusal does not reveal to a client whether a key, a tag, a padding or a claim was wrong.

mod support;

#[path = "oracle/answers.rs"]
mod answers;
#[allow(dead_code, reason = "its other user takes the rest")]
#[path = "weaknesses/craft.rs"]
mod craft;
#[path = "oracle/forgeries.rs"]
mod forgeries;
#[path = "oracle/keys.rs"]
mod keys;
#[path = "oracle/times.rs"]
mod times;
