//! Numbers for a monitoring system. Without the feature `metrics`, all of it is nothing.

/// The counter of readings.
const READS: &str = "unjwt_session_reads_total";
/// The counter of writes.
const WRITES: &str = "unjwt_session_writes_total";
/// The counter of look-ups in the memory of tokens.
const LOOK_UPS: &str = "unjwt_token_cache_lookups_total";
/// The histogram of the store's answers.
#[cfg(feature = "metrics")]
const STORE: &str = "unjwt_store_seconds";
/// The gauge of key operations that wait for a worker.
#[cfg(feature = "metrics")]
const WAITING: &str = "unjwt_key_operations_waiting";
/// The counter of key operations for which there was no room.
#[cfg(feature = "metrics")]
const OVERLOADED: &str = "unjwt_key_operations_refused_total";

/// Counts a reading.
pub(crate) fn read(session: &'static str, outcome: &'static str) {
    count(READS, session, outcome);
}

/// Counts a write.
pub(crate) fn wrote(session: &'static str, outcome: &'static str) {
    count(WRITES, session, outcome);
}

/// Counts a look-up in the memory of tokens.
pub(crate) fn looked_up(session: &'static str, is_hit: bool) {
    count(LOOK_UPS, session, if is_hit { "hit" } else { "miss" });
}

fn count(metric: &'static str, session: &'static str, outcome: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!(metric, "session" => session, "outcome" => outcome).increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = (metric, session, outcome);
}

/// Tells how many key operations wait.
pub(crate) fn waits(lane: &'static str, count: usize) {
    #[cfg(feature = "metrics")]
    metrics::gauge!(WAITING, "lane" => lane).set(count as f64);
    #[cfg(not(feature = "metrics"))]
    let _ = (lane, count);
}

/// Counts a key operation for which there was no room.
pub(crate) fn refused(lane: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!(OVERLOADED, "lane" => lane).increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = lane;
}

/// The time of an access to a store.
pub(crate) struct Timer(#[cfg(feature = "metrics")] std::time::Instant);

impl Timer {
    pub(crate) fn start() -> Self {
        Self(
            #[cfg(feature = "metrics")]
            std::time::Instant::now(),
        )
    }

    /// Records the access.
    pub(crate) fn end(self, session: &'static str, operation: &'static str, is_answered: bool) {
        #[cfg(feature = "metrics")]
        {
            let outcome = if is_answered { "answered" } else { "out" };
            metrics::histogram!(STORE, "session" => session, "operation" => operation, "outcome" => outcome)
                .record(self.0.elapsed());
        }
        #[cfg(not(feature = "metrics"))]
        let _ = (self, session, operation, is_answered);
    }
}

/// Describes the metrics to the recorder that is installed, for exporters that show a text and a unit. Call it once, after
/// the recorder is installed.
#[cfg(feature = "metrics")]
pub fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

    describe_counter!(READS, Unit::Count, "readings of sessions");
    describe_counter!(WRITES, Unit::Count, "writes of sessions");
    describe_counter!(LOOK_UPS, Unit::Count, "tokens looked up among those that the process remembers");
    describe_histogram!(STORE, Unit::Seconds, "answers of the store of logins");
    describe_gauge!(WAITING, Unit::Count, "key operations that wait for a worker thread");
    describe_counter!(
        OVERLOADED,
        Unit::Count,
        "key operations for which there was no room, answered with 503"
    );
}
