//! The graph of which readings of one request wait for which.
//!
//! A reading runs hooks, and a hook may ask for another session, whose reading runs hooks in turn. A hook
//! that requests a session whose reading started the hook, or waits for the reading that did, would deadlock
//! if it waited; the graph detects that.

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::origin::{NodeId, Origin};
use crate::util::short_vec::ShortVec;

/// The index of a session within its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotId(pub(crate) usize);

/// The readings under way, and the hooks that wait for one.
#[derive(Debug, Default)]
pub(crate) struct WaitGraph {
    edges: Mutex<Edges>,
    /// Wakes tasks that wait for the end of any reading.
    ended: Notify,
}

#[derive(Debug, Default)]
struct Edges {
    readings: ShortVec<(SlotId, NodeId)>,
    /// Waiting hooks, each with the reading that it waits for.
    waiting: Vec<(Origin, NodeId)>,
    /// Readings with a hook that could not wait for a session and saw none, each with the reading of that
    /// session.
    blind: Vec<(NodeId, NodeId)>,
}

impl WaitGraph {
    fn lock(&self) -> MutexGuard<'_, Edges> {
        self.edges.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that a reading of the slot begins.
    pub(crate) fn begin(&self, slot: SlotId, reading: NodeId) {
        self.lock().readings.push((slot, reading));
    }

    /// Returns the readings under way.
    pub(crate) fn under_way(&self) -> Vec<NodeId> {
        self.lock().readings.iter().map(|(_, reading)| *reading).collect()
    }

    /// Records that the reading has ended. Returns the readings whose sessions its hooks missed because they
    /// could not wait for them.
    pub(crate) fn end(&self, reading: NodeId) -> Vec<NodeId> {
        let mut edges = self.lock();
        edges.readings.retain(|(_, other)| *other != reading);
        let missed =
            edges.blind.extract_if(.., |(blind, _)| *blind == reading).map(|(_, missed)| missed).collect();
        drop(edges);
        self.ended.notify_waiters();
        missed
    }

    /// Returns whether any of these readings is under way.
    pub(crate) fn is_any_under_way(&self, readings: &[NodeId]) -> bool {
        let edges = self.lock();
        readings.iter().any(|reading| edges.is_under_way(*reading))
    }

    /// Returns once all these readings have ended.
    pub(crate) async fn over(&self, readings: &[NodeId]) {
        loop {
            let mut ended = pin!(self.ended.notified());
            ended.as_mut().enable();
            if !self.is_any_under_way(readings) {
                return;
            }
            ended.await;
        }
    }

    /// Records that a hook continues without the slot's session: the reading of the session started the hook,
    /// or was blind because it missed the readings `missed`.
    pub(crate) fn miss(&self, origin: &Origin, slot: SlotId, missed: &[NodeId]) {
        let mut edges = self.lock();
        edges.note_blind(slot, origin);
        let readings: Vec<_> = origin.ids().filter(|id| edges.is_under_way(*id)).collect();
        for reading in readings {
            edges
                .blind
                .extend(missed.iter().filter(|other| **other != reading).map(|other| (reading, *other)));
        }
    }

    /// Records that a hook waits for the slot's reading, or returns `None` if that would deadlock. Handlers
    /// can always wait.
    pub(crate) fn wait(&self, origin: &Origin, slot: SlotId) -> Option<Waiting<'_>> {
        let mut edges = self.lock();
        if edges.waits_for(slot, origin) {
            edges.note_blind(slot, origin);
            return None;
        }
        let reading = edges.reading_of(slot);
        edges.waiting.extend(reading.map(|reading| (origin.clone(), reading)));
        Some(Waiting { graph: self, origin: origin.clone(), reading })
    }
}

impl Edges {
    /// Records that the readings around the origin, up to that of the slot, continue without the slot's
    /// session.
    fn note_blind(&mut self, slot: SlotId, origin: &Origin) {
        let awaited = |id: &NodeId| self.readings.iter().any(|reading| *reading == (slot, *id));
        let within: Vec<_> = origin.ids().take_while(|id| !awaited(id)).collect();
        let Some(missed) = self.reading_of(slot) else { return };
        let readings: Vec<_> = within.into_iter().filter(|id| self.is_under_way(*id)).collect();
        self.blind.extend(readings.into_iter().map(|reading| (reading, missed)));
    }

    /// Returns whether the slot's reading cannot end before the origin continues.
    fn waits_for(&self, slot: SlotId, origin: &Origin) -> bool {
        let mut open = Vec::from_iter(self.reading_of(slot));
        let mut seen = Vec::new();
        while let Some(reading) = open.pop() {
            if origin.is_within(reading) {
                return true;
            }
            if seen.contains(&reading) {
                continue;
            }
            seen.push(reading);
            // A reading waits for everything that its hooks, and the readings that they started, wait for.
            let within = self.waiting.iter().filter(|(waiter, _)| waiter.is_within(reading));
            // A waiter for a reading that has ended has merely not been woken yet.
            open.extend(within.map(|(_, awaited)| *awaited).filter(|awaited| self.is_under_way(*awaited)));
        }
        false
    }

    fn reading_of(&self, slot: SlotId) -> Option<NodeId> {
        self.readings.iter().find(|(read, _)| *read == slot).map(|(_, reading)| *reading)
    }

    fn is_under_way(&self, reading: NodeId) -> bool {
        self.readings.iter().any(|(_, other)| *other == reading)
    }
}

/// A guard that records a hook as waiting for a reading until it is dropped.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    graph: &'a WaitGraph,
    origin: Origin,
    reading: Option<NodeId>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut edges = self.graph.lock();
        let is_it = |(origin, reading): &(Origin, NodeId)| {
            origin.id() == self.origin.id() && Some(*reading) == self.reading
        };
        if let Some(index) = edges.waiting.iter().position(is_it) {
            edges.waiting.swap_remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: SlotId = SlotId(0);
    const B: SlotId = SlotId(1);
    const C: SlotId = SlotId(2);

    /// Begins a reading and returns the origin of its hooks.
    fn read(graph: &WaitGraph, slot: SlotId, id: u64, from: &Origin) -> Origin {
        graph.begin(slot, NodeId(id));
        from.inside(NodeId(id))
    }

    #[test]
    fn a_hook_never_waits_for_its_own_reading() {
        let graph = WaitGraph::default();
        let one = read(&graph, A, 1, &Origin::HANDLER);
        assert!(graph.wait(&one, A).is_none());
        assert!(graph.wait(&one, B).is_some());
        let nested = read(&graph, B, 2, &one);
        assert!(graph.wait(&nested, A).is_none());
    }

    #[test]
    fn a_circle_of_three_is_seen_by_the_last() {
        let graph = WaitGraph::default();
        let [one, two, three] =
            [(A, 1), (B, 2), (C, 3)].map(|(slot, id)| read(&graph, slot, id, &Origin::HANDLER));
        let first = graph.wait(&one, B);
        let second = graph.wait(&two, C);
        assert!(first.is_some() && second.is_some());
        assert!(graph.wait(&three, A).is_none());
        drop(second);
        assert!(graph.wait(&three, A).is_some());
    }

    #[test]
    fn who_waits_for_a_reading_that_has_ended_is_in_nobody_s_way() {
        let graph = WaitGraph::default();
        let one = read(&graph, A, 1, &Origin::HANDLER);
        let two = read(&graph, B, 2, &Origin::HANDLER);
        let waiting = graph.wait(&one, B);
        assert!(waiting.is_some() && graph.wait(&two, A).is_none());
        graph.end(NodeId(2));
        let again = read(&graph, B, 3, &Origin::HANDLER);
        assert!(graph.wait(&again, A).is_some());
    }

    #[test]
    fn a_reading_waits_for_what_a_nested_one_waits_for() {
        let graph = WaitGraph::default();
        let one = read(&graph, A, 1, &Origin::HANDLER);
        let nested = read(&graph, B, 2, &one);
        let other = read(&graph, C, 3, &Origin::HANDLER);
        let waiting = graph.wait(&nested, C);
        assert!(waiting.is_some() && graph.wait(&other, A).is_none());
    }

    #[test]
    fn a_sibling_can_be_waited_for() {
        let graph = WaitGraph::default();
        let one = read(&graph, A, 1, &Origin::HANDLER);
        let [left, right] = [(B, 2), (C, 3)].map(|(slot, id)| read(&graph, slot, id, &one));
        let waiting = graph.wait(&left, C);
        assert!(waiting.is_some());
        assert!(graph.wait(&right, B).is_none(), "that one waits for this one");
    }

    #[test]
    fn a_finished_reading_blocks_nobody() {
        let graph = WaitGraph::default();
        let one = read(&graph, A, 1, &Origin::HANDLER);
        let two = read(&graph, B, 2, &Origin::HANDLER);
        let waiting = graph.wait(&one, B);
        assert!(waiting.is_some() && graph.wait(&two, A).is_none());
        assert_eq!(graph.end(NodeId(2)), [NodeId(1)], "one of its hooks saw nothing of A");
        assert!(graph.is_any_under_way(&[NodeId(1)]));
        assert_eq!(graph.end(NodeId(1)), []);
        assert!(!graph.is_any_under_way(&[NodeId(1)]));
        assert!(graph.wait(&two, A).is_some());
    }

    #[test]
    fn who_goes_on_without_what_a_blind_reading_missed_has_missed_it_too() {
        let graph = WaitGraph::default();
        let one = read(&graph, A, 1, &Origin::HANDLER);
        graph.begin(C, NodeId(3));
        graph.miss(&one, B, &[NodeId(1), NodeId(3)]);
        assert_eq!(graph.end(NodeId(1)), [NodeId(3)], "and not itself");
    }

    #[test]
    fn only_the_readings_inside_the_one_that_is_asked_for_are_blind() {
        let graph = WaitGraph::default();
        let outer = read(&graph, A, 1, &Origin::HANDLER);
        let nested = read(&graph, B, 2, &outer);
        let innermost = read(&graph, C, 3, &nested);
        assert!(graph.wait(&innermost, A).is_none());
        let missed = [3, 2, 1].map(|id| graph.end(NodeId(id)));
        assert_eq!(missed, [vec![NodeId(1)], vec![NodeId(1)], Vec::new()]);
    }
}
