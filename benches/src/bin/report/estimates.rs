//! The medians that Criterion keeps on disk.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use unjwt_benches::family::Family;
use unjwt_benches::floor;
use unjwt_benches::subject::Operation;

/// Nanoseconds by group, function and value.
#[derive(Debug, Default)]
pub(crate) struct Estimates(BTreeMap<(String, String, String), f64>);

#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
}

#[derive(Deserialize)]
struct Statistics {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

impl Estimates {
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let mut estimates = Self::default();
        estimates.walk(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(estimates)
    }

    fn walk(&mut self, folder: &Path) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name == "new") {
                let benchmark: Benchmark =
                    serde_json::from_slice(&std::fs::read(path.join("benchmark.json"))?)?;
                let statistics: Statistics =
                    serde_json::from_slice(&std::fs::read(path.join("estimates.json"))?)?;
                let Benchmark { group_id, function_id, value_str } = benchmark;
                let key = (group_id, function_id.unwrap_or_default(), value_str.unwrap_or_default());
                self.0.insert(key, statistics.median.point_estimate);
            } else if path.is_dir() {
                self.walk(&path)?;
            }
        }
        Ok(())
    }

    /// Of one way to keep a session.
    pub(crate) fn of(&self, family: Family, len: usize, operation: Operation, subject: &str) -> Option<f64> {
        self.alone(&format!("{}-{len}-{}", family.id(), operation.id()), subject)
    }

    /// Of a function that has no value.
    pub(crate) fn alone(&self, group: &str, function: &str) -> Option<f64> {
        self.0.get(&(group.to_owned(), function.to_owned(), String::new())).copied()
    }

    /// The library with the fastest primitive.
    pub(crate) fn floor(
        &self,
        family: Family,
        len: usize,
        operation: Operation,
    ) -> Option<(&'static str, f64)> {
        floor::NAMES
            .into_iter()
            .filter_map(|library| Some((library, self.of(family, len, operation, library)?)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The lines of a group: by function, points of value and nanoseconds in order.
    pub(crate) fn lines(&self, group: &str) -> BTreeMap<&str, Vec<(f64, f64)>> {
        let mut lines: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
        for ((_, function, value), nanos) in self.0.iter().filter(|((of, ..), _)| of == group) {
            if let Ok(value) = value.parse() {
                lines.entry(function).or_default().push((value, *nanos));
            }
        }
        for points in lines.values_mut() {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        lines
    }
}
