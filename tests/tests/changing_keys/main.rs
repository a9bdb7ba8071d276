//! What goes wrong with keys that change, and what an attacker makes of it.

mod issuers;
mod remote;
mod ring;
mod support;
