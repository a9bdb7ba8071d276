//! The commands and their arguments.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Args, Parser, Subcommand};
use clap_complete::Shell;
use unjwt::jose::{Enc, JweAlg, JwsAlg};

use crate::date::When;
use crate::duration;

const EXIT_CODES: &str = "\
Exit codes:
  0  all is well
  1  the answer is no: a check found problems, or a token is refused or has expired
  2  the command is not understood
  3  a file cannot be read, written or used";

/// Makes, rotates and checks the keys of unjwt's sessions, and shows what is in a token.
#[derive(Debug, Parser)]
#[command(name = "unjwt", version, after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes, rotates, retires, lists, publishes and checks keys.
    ///
    /// A ring is a file with the keys of a service over time: a JWK Set in which each key has a `kid` and may have the times
    /// `activate_at`, from which it writes, and `retire_at`, from which it is not read. Services read it again every 30
    /// seconds. It holds secrets: only the service may read it.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Shows what is in a token, or in each token of a `Cookie` line.
    ///
    /// Takes a token, or a line `Cookie:`, `Set-Cookie:` or `Authorization: Bearer`; without an argument, lines from standard
    /// input. The chunks of a large session are joined. Signatures and keys are never shown.
    ///
    /// With `--json`, an object with `now` and `tokens`; each token has `source`, `name`, `chunks`, `kind` (`JWS` or `JWE`),
    /// `length`, `header`, `hidden` (members of the header that are not shown), `claims` (or `null`), `verdict` (`not_verified`,
    /// `verified`, `encrypted`, `decrypted` or `refused`), `kid` (of the key that opened it), `reason`, `expired` and
    /// `not_yet_valid`.
    Inspect(InspectArgs),
    /// Writes a script that completes commands in a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Writes the manual: the page of the program, or a page for each command into a folder.
    Man {
        /// The folder, which is made if there is none.
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Makes a key: on standard output, or as the first of a new ring.
    New(NewArgs),
    /// Adds a key to a ring that takes over after a delay.
    ///
    /// The delay gives all machines the time to learn the key: a machine that has not read the new file refuses what the
    /// key sealed, and who verifies with a published key set keeps it for 300 seconds.
    Rotate(RotateArgs),
    /// Sets the time from which a key is not read any more. A key that does not write yet is removed by `--now`.
    Retire(RetireArgs),
    /// Lists the keys of a ring, and never the keys themselves.
    ///
    /// With `--json`, an object with `now` and `keys`; each key has `kid`, `kty`, `alg`, `enc`, `crv`, `state` (`pending`,
    /// `active`, `writes` or `retired`), `activate_at` and `retire_at`, and `null` for what it does not have.
    List(ListArgs),
    /// Writes the public halves of the keys as a JWK Set, those that do not write yet included.
    Jwks(FileArgs),
    /// Says each problem of a ring, and exits with 1 if there is one.
    ///
    /// With `--json`, an object with `ok` and `problems`; each problem has `code`, `kid` (or `null`) and `text`.
    Check(CheckArgs),
}

/// An algorithm for a new key.
#[derive(Args, Debug)]
pub(crate) struct KeyArgs {
    /// The curve, for the ECDH-ES family: P-256 (the default), P-384, P-521 or X25519.
    #[arg(long)]
    pub(crate) curve: Option<String>,
    /// The key's id [default: its thumbprint].
    #[arg(long)]
    pub(crate) kid: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct NewArgs {
    /// The algorithm: A256GCM for an encrypted session, ES256 for a signed one with a public key.
    #[arg(long, value_parser = PossibleValuesParser::new(algorithms()), hide_possible_values = true)]
    pub(crate) alg: String,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// Writes a ring with the key into this file, which only its owner may read.
    #[arg(long)]
    pub(crate) file: Option<PathBuf>,
    /// Prints a ring with the key in place of the key alone.
    #[arg(long, conflicts_with = "file")]
    pub(crate) ring: bool,
    /// Replaces the file, and with it all keys that it holds.
    #[arg(long, requires = "file")]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    pub(crate) file: FileArgs,
    /// How long the new key waits before it writes.
    #[arg(long, default_value = "2d", value_parser = duration::parse, value_name = "DURATION")]
    pub(crate) activate_in: u64,
    /// The algorithm [default: that of the key which writes].
    #[arg(long, value_parser = PossibleValuesParser::new(algorithms()), hide_possible_values = true)]
    pub(crate) alg: Option<String>,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// Retires the key that wrote before, this long after the new one takes over: the lifetime of its tokens or more.
    #[arg(long, value_parser = duration::parse, value_name = "DURATION")]
    pub(crate) retire_old_after: Option<u64>,
    /// Removes the keys that have retired from the file.
    #[arg(long)]
    pub(crate) drop_retired: bool,
    /// Rotates although others cannot learn the key in time.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("when").required(true).args(["at", "now"]))]
pub(crate) struct RetireArgs {
    #[command(flatten)]
    pub(crate) file: FileArgs,
    /// The key's id.
    pub(crate) kid: String,
    /// The time: a date like 2027-01-31T12:00:00Z, or a duration from now on like +30d.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<When>,
    /// Retires the key at once: what it sealed is refused from then on.
    #[arg(long)]
    pub(crate) now: bool,
    /// Retires the key although no other can write then, or although it has retired already.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct FileArgs {
    /// The file of the ring.
    #[arg(long)]
    pub(crate) file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) file: FileArgs,
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) file: FileArgs,
    /// How long the session's tokens are good for: no key may retire before the last that it sealed has ended.
    #[arg(long, value_parser = duration::parse, value_name = "DURATION")]
    pub(crate) lifetime: Option<u64>,
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct InspectArgs {
    /// The token or the line. Other users of the machine can see arguments: pipe a token that is still good.
    pub(crate) token: Option<String>,
    /// Verifies or decrypts with the keys of this file: a ring, a JWK, a JWK Set, or PEM. Sessions of `JweKey::secret` and of
    /// a password have keys of their own, which no file holds.
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The algorithms that have keys.
pub(crate) fn algorithms() -> Vec<&'static str> {
    let jwe = JweAlg::ALL.iter().map(|alg| alg.name()).filter(|name| !name.starts_with("PBES2"));
    let jws = JwsAlg::ALL.iter().map(|alg| alg.name());
    Enc::ALL.iter().map(|enc| enc.name()).chain(jwe).chain(jws).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_contradict_nothing() {
        Cli::command().debug_assert();
    }
}
