//! Where in a request's run of hooks something happens.

use std::sync::Arc;

/// A reading of a session, or one of its hooks. New in each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(pub(crate) u64);

/// The readings and hooks around a piece of code, from the innermost outwards; none in handlers and middleware.
///
/// A task that a hook spawns keeps the hook's origin, also after the hook has ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin(Option<Arc<Node>>);

#[derive(Debug)]
struct Node {
    id: NodeId,
    around: Origin,
}

impl Origin {
    pub(crate) const HANDLER: Self = Self(None);

    /// The origin of what happens in a reading or hook that was started here.
    pub(crate) fn inside(&self, id: NodeId) -> Self {
        Self(Some(Arc::new(Node { id, around: self.clone() })))
    }

    /// The innermost.
    pub(crate) fn id(&self) -> Option<NodeId> {
        self.0.as_ref().map(|node| node.id)
    }

    /// All of them, from the innermost outwards.
    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.0.as_deref(), |node| node.around.0.as_deref()).map(|node| node.id)
    }

    pub(crate) fn is_handler(&self) -> bool {
        self.0.is_none()
    }

    /// Tells if this is the reading or hook, or lies within it.
    pub(crate) fn is_within(&self, id: NodeId) -> bool {
        self.ids().any(|other| other == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_lies_within_what_is_around_it() {
        let [reading, hook, other] = [1, 2, 3].map(NodeId);
        let origin = Origin::HANDLER.inside(reading).inside(hook);
        assert_eq!(origin.id(), Some(hook));
        assert!(origin.is_within(hook) && origin.is_within(reading) && !origin.is_within(other));
        assert!(Origin::HANDLER.is_handler() && !Origin::HANDLER.is_within(reading));
    }
}
