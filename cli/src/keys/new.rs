//! `unjwt keys new`.

use unjwt::keys::{RingKey, RingKeys};

use super::{generate, reason, text};
use crate::args::NewArgs;
use crate::failure::{Failure, Report};
use crate::file::{self, Existing};
use crate::keys::Kind;

pub(super) fn run(args: &NewArgs) -> Result<Report, Failure> {
    let jwk = generate(&args.alg, None, &args.key)?;
    if args.file.is_none() && !args.ring {
        return Ok(Report::of(format!("{}\n", jwk.to_json())));
    }
    let ring = RingKeys::new([RingKey::new(jwk.clone())])
        .map_err(|error| Failure::Usage(format!("no ring was made: {}", reason(&error))))?;
    let Some(path) = &args.file else { return Ok(Report::of(text(&ring))) };
    file::write(path, &text(&ring), if args.force { Existing::Replace } else { Existing::Refuse })?;
    Ok(Report::of(format!(
        "wrote {} with the key `{}` ({})\n",
        path.display(),
        crate::terminal::printable(jwk.kid().unwrap_or_default()),
        Kind::of(&jwk).words()
    )))
}
