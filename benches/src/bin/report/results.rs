//! What the programs beside Criterion left as files; a file that is absent was not measured.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use unjwt_benches::family::Family;
use unjwt_benches::subject::Operation;

use super::markdown::NOT_MEASURED;
use super::spread::Spread;

#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) machine: String,
    pub(crate) node: Vec<NodeMedian>,
    pub(crate) allocations: Vec<Allocations>,
    pub(crate) seen: Vec<Seen>,
    pub(crate) http: Vec<Route>,
    /// By route, the fewest first.
    pub(crate) instructions: Vec<(String, Instructions)>,
}

#[derive(Debug, Default, Deserialize)]
struct Node {
    results: Vec<NodeMedian>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct NodeMedian {
    pub(crate) family: String,
    pub(crate) len: usize,
    pub(crate) operation: String,
    pub(crate) nanos: f64,
}

impl NodeMedian {
    /// The nanoseconds of one.
    pub(crate) fn find(all: &[Self], family: Family, len: usize, operation: Operation) -> Option<f64> {
        let is_it =
            |one: &&Self| one.family == family.id() && one.len == len && one.operation == operation.id();
        all.iter().find(is_it).map(|one| one.nanos)
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Allocations {
    pub(crate) family: String,
    pub(crate) len: usize,
    pub(crate) operation: String,
    pub(crate) subject: String,
    pub(crate) allocations: u64,
    pub(crate) bytes: u64,
}

/// The bytes of a session whose token was seen before, and those of the token.
#[derive(Debug, Deserialize)]
pub(crate) struct Seen {
    pub(crate) family: String,
    pub(crate) len: usize,
    pub(crate) token: f64,
    pub(crate) remembered: f64,
}

/// The figures of a route of a server in each round.
#[derive(Debug, Deserialize)]
pub(crate) struct Route {
    pub(crate) server: String,
    pub(crate) route: String,
    pub(crate) rounds: Vec<Round>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Round {
    pub(crate) cpu_micros: f64,
    pub(crate) per_second: f64,
    pub(crate) p99_micros: f64,
}

/// The instructions of one request, by what they do and, in the library, by source file.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Instructions {
    pub(crate) groups: BTreeMap<String, f64>,
    pub(crate) files: BTreeMap<String, f64>,
}

impl Instructions {
    pub(crate) fn total(&self) -> f64 {
        // The sum of no numbers is -0.
        self.groups.values().fold(0.0, |sum, count| sum + count)
    }
}

/// Sorts routes by their instructions.
fn in_order(all: BTreeMap<String, Instructions>) -> Vec<(String, Instructions)> {
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by(|(_, one), (_, other)| one.total().total_cmp(&other.total()));
    all
}

impl Route {
    pub(crate) fn find<'r>(routes: &'r [Self], server: &str, route: &str) -> Option<&'r Self> {
        routes.iter().find(|one| one.server == server && one.route == route)
    }

    pub(crate) fn spread(&self, value: impl Fn(Round) -> f64) -> Spread {
        Spread::of(self.rounds.iter().copied().map(value).collect())
    }

    /// The median of the server's processor time for a request.
    pub(crate) fn cpu_micros(&self) -> f64 {
        self.spread(|round| round.cpu_micros).median
    }
}

impl Results {
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        Ok(Self {
            machine: std::fs::read_to_string(folder.join("machine.md")).unwrap_or(NOT_MEASURED.to_owned()),
            node: json::<Node>(&folder.join("node.json"))?.results,
            allocations: json(&folder.join("allocations.json"))?,
            seen: json(&folder.join("seen.json"))?,
            http: json(&folder.join("http.json"))?,
            instructions: in_order(json(&folder.join("instructions.json"))?),
        })
    }
}

fn json<T: DeserializeOwned + Default>(path: &Path) -> Result<T, String> {
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display())),
        Err(_) => Ok(T::default()),
    }
}
