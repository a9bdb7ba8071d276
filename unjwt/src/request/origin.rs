//! The position of code within the nested readings and hooks of a request.

use std::sync::Arc;

/// The id of a reading of a session, or of one of its hooks, unique within the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(pub(crate) u64);

/// The readings and hooks around a piece of code, from the innermost outwards; none in handlers and
/// middleware.
///
/// A task that a hook spawns keeps the hook's origin even after the hook has ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin(Option<Arc<Node>>);

#[derive(Debug)]
struct Node {
    id: NodeId,
    around: Origin,
}

impl Origin {
    pub(crate) const HANDLER: Self = Self(None);

    /// Returns the origin of code in a reading or hook that was started here.
    pub(crate) fn inside(&self, id: NodeId) -> Self {
        Self(Some(Arc::new(Node { id, around: self.clone() })))
    }

    /// Returns whether the two are one, and not only of the same readings and hooks.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    /// Returns the innermost reading or hook.
    pub(crate) fn id(&self) -> Option<NodeId> {
        self.0.as_ref().map(|node| node.id)
    }

    /// Returns all readings and hooks, from the innermost outwards.
    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.0.as_deref(), |node| node.around.0.as_deref()).map(|node| node.id)
    }

    pub(crate) fn is_handler(&self) -> bool {
        self.0.is_none()
    }

    /// Returns whether this is the reading or hook, or lies within it.
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
