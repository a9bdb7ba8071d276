//! The judgement of a session's JSON beside that of before.

use std::error::Error as _;

use serde::Serialize;
use serde_json::Value;

use super::difference::{Kind, first};
use crate::Session;
use crate::claims::data::Wire;
use crate::claims::versions::OldPayload;
use crate::claims::{self, Policy, Registered, Reserved};
use crate::error::ErrorKind;
use crate::session::IssuedHere;
use crate::spec::VersionSpec;

/// The session as its samples show it.
pub(super) struct Golden {
    name: &'static str,
    pub(super) version: u32,
    readable_by: u32,
    samples: Vec<Value>,
}

/// A reason why a file is not as it should be.
pub(super) enum Finding {
    /// The file may be written again, if that is meant.
    Acceptable(String),
    Fatal(String),
}

type WireOf<T> = Wire<T, IssuedHere>;

impl Golden {
    /// Returns the JSON of the samples, each of which the session can read.
    pub(super) fn of<T: Session<Provenance = IssuedHere>>(samples: &[T]) -> Result<Self, String> {
        let name = T::SPEC.type_name;
        let version = T::SPEC.own_version();
        let readable_by = T::SPEC.version.map_or(version, |version| version.readable_by);
        if samples.is_empty() {
            return Err(format!("there is no sample of `{name}`\nhelp: give one for each shape of its data"));
        }
        let samples = samples.iter().map(json_of).collect::<Result<Vec<_>, String>>()?;
        for sample in &samples {
            let read: T = read(sample).map_err(|reason| {
                format!("`{name}` cannot read its own JSON: {reason}\nhelp: make its `Serialize` and `Deserialize` agree")
            })?;
            if canonical(&json_of(&read)?) != canonical(sample) {
                return Err(format!(
                    "`{name}` does not write again what it reads: a session would change with its renewal\nhelp: make its \
                     `Serialize` and `Deserialize` agree"
                ));
            }
        }
        Ok(Self { name, version, readable_by, samples })
    }

    /// Returns the file of the samples, with the members in the struct's order, and of those of before, which the session has
    /// to read as well.
    pub(super) fn file<T: Session<Provenance = IssuedHere>>(
        &self,
        samples: &[T],
        before: &[Value],
    ) -> Result<String, String> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Sample<'a, S> {
            Now(S),
            Before(&'a Value),
        }
        let now = sorted(&self.samples);
        let before = before.iter().filter(|sample| !now.contains(&canonical(sample)));
        let all = samples.iter().map(WireOf::new).map(Sample::Now).chain(before.map(Sample::Before));
        serde_json::to_string_pretty(&all.collect::<Vec<_>>())
            .map(|text| text + "\n")
            .map_err(|error| format!("a sample of `{}` is not JSON: {error}", self.name))
    }

    /// Returns whether a struct reads this older version.
    pub(super) fn reads<T: Session<Provenance = IssuedHere>>(version: u32) -> bool {
        !migrate::<T>(version, &Value::Null).is_err_and(|error| error.kind() == ErrorKind::VersionDropped)
    }

    /// Compares the samples with those of the file of the same version.
    pub(super) fn compare<T: Session<Provenance = IssuedHere>>(
        &self,
        before: &[Value],
        file: &str,
    ) -> Result<(), Finding> {
        let Self { name, version, .. } = self;
        for sample in before {
            if let Err(reason) = read::<T>(sample) {
                return Err(Finding::Fatal(format!(
                    "`{name}` does not read the sessions of its version {version} any more, and everybody would be signed out: \
                     {reason}\nhelp: {}\nhelp: for a member that may be absent, `#[serde(default)]` or an `Option` is enough\n\
                     help: delete {file} if no such session was ever written",
                    self.next_version()
                )));
            }
        }
        let (before, now) = (sorted(before), sorted(&self.samples));
        // The others in the file are of before, and were read.
        let Some(missing) = now.iter().position(|sample| !before.contains(sample)) else { return Ok(()) };
        const OVERWRITE: &str = "run the test with `UNJWT_GOLDEN=overwrite`";
        let likest = before.get(missing).or(before.last());
        let difference = likest.zip(now.get(missing)).and_then(|(before, now)| first(before, now));
        let Some(difference) = difference else {
            return Err(Finding::Acceptable(format!("{file} has no sample of `{name}`\nhelp: {OVERWRITE}")));
        };
        let what = difference.text();
        let message = match difference.kind {
            Kind::Value => format!(
                "the JSON of `{name}` is not that of {file}: {what}\nhelp: if only the samples have changed, {OVERWRITE}; if their JSON \
                 has, {}",
                self.next_version()
            ),
            Kind::New | Kind::Gone | Kind::Type(..) => format!(
                "the JSON of `{name}` has changed: {what}. Its sessions are read, but a program of before may not read those of now, \
                 and loses what it does not know when it writes\nhelp: {}, and `readable_by = {version}` if that program may read them\n\
                 help: {OVERWRITE} if that does not matter, or if only the samples have changed",
                self.next_version()
            ),
        };
        Err(Finding::Acceptable(message))
    }

    /// Returns what gives the struct a new version.
    fn next_version(&self) -> String {
        let Self { name, version, .. } = self;
        let (next, before) = (version + 1, if *version > VersionSpec::FIRST { ".., " } else { "" });
        format!(
            "keep the struct as it was under the name `{name}V{version}`, with `#[derive(Deserialize)]`, and write `version = {next}, \
             migrate({before}{name}V{version})` and `impl From<{name}V{version}> for {name}`"
        )
    }

    /// Checks that the samples of an older version are read.
    pub(super) fn check_older<T: Session<Provenance = IssuedHere>>(
        &self,
        version: u32,
        before: &[Value],
        file: &str,
    ) -> Result<(), String> {
        let name = self.name;
        for sample in before {
            let error = match migrate::<T>(version, sample) {
                Ok(migrated) => {
                    self.check_groups::<T>(version, sample, &json_of(&migrated)?)?;
                    continue;
                }
                Err(error) => error,
            };
            if error.kind() == ErrorKind::VersionDropped {
                return Err(format!(
                    "`{name}` does not read version {version} any more, of which {file} is\nhelp: delete the file once the last such \
                     session has expired; until then, name its struct in `migrate(..)`"
                ));
            }
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            return Err(format!(
                "`{name}` does not read a session of version {version}, and its user would be signed out: {error}{cause}\nhelp: make the \
                 struct in `migrate(..)` what the session's was, and its `TryFrom` take what {file} shows"
            ));
        }
        Ok(())
    }

    /// Checks that the fields in `by(..)` have kept their values, by which the logins of all versions are ended together.
    fn check_groups<T: Session<Provenance = IssuedHere>>(
        &self,
        version: u32,
        before: &Value,
        after: &Value,
    ) -> Result<(), String> {
        let groups = T::SPEC.revocable.map_or(&[][..], |revocable| revocable.groups);
        match groups.iter().find(|group| before.get(**group) != after.get(**group)) {
            None => Ok(()),
            Some(group) => Err(format!(
                "`by(..)` finds a login by `{group}`, which is another value in version {version}, or has another name there: whoever ends \
                 all logins with one of them leaves those with the other\nhelp: keep the name and the value in the JSON: the struct's field \
                 may be called otherwise with `#[serde(rename = \"..\")]`",
            )),
        }
    }

    /// Checks that the structs of the versions that `readable_by` includes read what this one writes.
    pub(super) fn check_readable_by<T: Session<Provenance = IssuedHere>>(&self) -> Result<(), String> {
        for version in self.readable_by..self.version {
            for sample in &self.samples {
                match migrate::<T>(version, sample) {
                    // It was read, which is all that is claimed; or nobody knows its struct any more.
                    Err(error) if error.source().is_none() && error.kind() == ErrorKind::MigrationFailed => {
                        return Err(format!(
                            "`readable_by = {}` is untrue: the struct of version {version} cannot read what `{}` writes{}\nhelp: {}; \
                             a deployment in two steps needs `.writes_version(..)` then",
                            self.readable_by,
                            self.name,
                            reason(&error),
                            if version + 1 == self.version {
                                "leave `readable_by` out".to_owned()
                            } else {
                                format!("write `readable_by = {}`, or leave it out", version + 1)
                            }
                        ));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// Returns the part of a failed migration's message that tells the reason.
fn reason(error: &crate::Error) -> String {
    let text = error.to_string();
    text.split_once(": ").map_or_else(String::new, |(_, reason)| format!(": {reason}"))
}

fn sorted(samples: &[Value]) -> Vec<Value> {
    samples.iter().map(canonical).collect()
}

/// Returns the value with its arrays in order, since a set is written in any, and with its fractions as exact as they are
/// read.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items = sorted(items);
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), canonical(value))).collect()
        }
        Value::Number(number) if !number.is_u64() && !number.is_i64() => {
            let rounded = number.as_f64().and_then(|number| format!("{number:.14e}").parse::<f64>().ok());
            rounded.map_or_else(|| value.clone(), Value::from)
        }
        other => other.clone(),
    }
}

fn json_of<T: Session<Provenance = IssuedHere>>(sample: &T) -> Result<Value, String> {
    let failed =
        |error: serde_json::Error| format!("a sample of `{}` is not JSON: {error}", T::SPEC.type_name);
    // The text, since that is what a payload is.
    let text = serde_json::to_vec(&WireOf::new(sample)).map_err(failed)?;
    serde_json::from_slice(&text).map_err(failed)
}

/// Reads a sample as the session's struct.
fn read<T: Session<Provenance = IssuedHere>>(sample: &Value) -> Result<T, String> {
    let (payload, reserved) = (sample.to_string(), reserved::<T>());
    let payload = payload.as_bytes();
    let mut claims = Registered::default();
    match claims::read::<WireOf<T>>(payload, reserved, T::SPEC.policy.required_claims, &mut claims) {
        Ok(Some(data)) => match claims.missing.iter().find(|name| T::SPEC.members.contains(name)) {
            Some(missing) => Err(format!("`{missing}` is missing, which `required_claims` names")),
            None => Ok(data.0),
        },
        Ok(None) => Err(claims::explain::<WireOf<T>>(payload, reserved, T::SPEC.members)
            .unwrap_or_else(|| "its members are not those of the struct".to_owned())),
        Err(error) => Err(error.to_string()),
    }
}

fn reserved<T: Session>() -> Reserved {
    Policy::new(&T::SPEC).reserved()
}

/// Reads a sample as one of this version.
fn migrate<T: Session<Provenance = IssuedHere>>(version: u32, sample: &Value) -> Result<T, crate::Error> {
    let payload = sample.to_string();
    <T as Session>::__migrate(OldPayload::new(version, payload.as_bytes(), reserved::<T>()))
}
