//! Who waits for whom among the readings of one request.
//!
//! A reading runs hooks, and a hook may ask for another session, whose reading runs hooks in turn. One such run is a
//! chain. A chain that asks for a session that it is itself reading, or that another chain is reading which waits for
//! this one, gets the session as it is so far instead of waiting for ever.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// One run of readings that started each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChainId(u64);

/// A session's place in its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotId(pub(crate) usize);

#[derive(Debug, Default)]
pub(crate) struct Chains(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: u64,
    readers: Vec<(SlotId, ChainId)>,
    waiters: Vec<(ChainId, SlotId)>,
}

impl Chains {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the chain, or a new one, reads the slot.
    pub(crate) fn begin(&self, slot: SlotId, chain: Option<ChainId>) -> ChainId {
        let mut state = self.lock();
        let chain = chain.unwrap_or_else(|| {
            state.last += 1;
            ChainId(state.last)
        });
        state.readers.push((slot, chain));
        chain
    }

    /// Notes that nobody reads the slot any more.
    pub(crate) fn end(&self, slot: SlotId) {
        self.lock().readers.retain(|(read, _)| *read != slot);
    }

    /// Notes that the chain waits for the slot, unless that would be for ever.
    pub(crate) fn wait(&self, chain: ChainId, slot: SlotId) -> Option<Waiting<'_>> {
        let mut state = self.lock();
        if state.leads_to(slot, chain) {
            return None;
        }
        state.waiters.push((chain, slot));
        Some(Waiting { chains: self, chain, slot })
    }
}

impl State {
    /// Whether the slot's reading is, or waits for, the chain.
    fn leads_to(&self, slot: SlotId, chain: ChainId) -> bool {
        let mut open = vec![slot];
        let mut seen = Vec::new();
        while let Some(slot) = open.pop() {
            if seen.contains(&slot) {
                continue;
            }
            seen.push(slot);
            for (_, reader) in self.readers.iter().filter(|(read, _)| *read == slot) {
                if *reader == chain {
                    return true;
                }
                open.extend(
                    self.waiters.iter().filter(|(waiter, _)| waiter == reader).map(|(_, awaited)| *awaited),
                );
            }
        }
        false
    }
}

/// A chain waits for a slot until this is dropped.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    chains: &'a Chains,
    chain: ChainId,
    slot: SlotId,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.chains.lock();
        let edge = (self.chain, self.slot);
        if let Some(index) = state.waiters.iter().position(|waiter| *waiter == edge) {
            state.waiters.swap_remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: SlotId = SlotId(0);
    const B: SlotId = SlotId(1);
    const C: SlotId = SlotId(2);

    #[test]
    fn a_chain_never_waits_for_itself() {
        let chains = Chains::default();
        let one = chains.begin(A, None);
        assert!(chains.wait(one, A).is_none());
        assert!(chains.wait(one, B).is_some());
    }

    #[test]
    fn a_circle_of_three_is_seen_by_the_last() {
        let chains = Chains::default();
        let (one, two, three) = (chains.begin(A, None), chains.begin(B, None), chains.begin(C, None));
        let first = chains.wait(one, B);
        let second = chains.wait(two, C);
        assert!(first.is_some() && second.is_some());
        assert!(chains.wait(three, A).is_none());
        drop(second);
        assert!(chains.wait(three, A).is_some());
    }

    #[test]
    fn a_finished_reading_blocks_nobody() {
        let chains = Chains::default();
        let (one, two) = (chains.begin(A, None), chains.begin(B, None));
        let waiting = chains.wait(one, B);
        assert!(waiting.is_some() && chains.wait(two, A).is_none());
        chains.end(A);
        assert!(chains.wait(two, A).is_some());
    }
}
