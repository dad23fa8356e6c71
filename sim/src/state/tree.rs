//! What happens to the tree when people move, trash, restore and purge.

use super::{Content, Site, Status};

impl Site {
    /// Moves content to the trash. Its children move up to its own parent.
    pub(crate) fn trash(&mut self, id: u64) {
        let Some(parent) = self.content(id).map(|content| content.parent) else {
            return;
        };
        for child in self.child_ids(id) {
            self.change(child, |child| child.parent = parent);
        }
        self.change(id, |content| content.status = Status::Trashed);
    }

    /// Takes content out of the trash. Where its parent is gone meanwhile, it comes back at the top of its space.
    pub(crate) fn restore(&mut self, id: u64) {
        let parent = self.content(id).and_then(|content| content.parent);
        let parent = parent.filter(|parent| {
            self.content(*parent)
                .is_some_and(|parent| parent.status == Status::Current)
        });
        self.change(id, |content| {
            content.status = Status::Current;
            content.parent = parent;
        });
    }

    /// Removes content for good, with what hangs on it.
    pub(crate) fn purge(&mut self, id: u64) {
        self.trash(id);
        self.take(id);
        self.attachments.retain(|_, attachment| attachment.content != id);
        self.comments.retain(|_, comment| comment.content != id);
    }

    /// Moves content, and brings everything below it into the space it comes to. The site refuses to hang content
    /// below itself.
    pub(crate) fn move_to(&mut self, id: u64, space: u64, parent: Option<u64>) {
        if parent.is_some_and(|parent| self.hangs_below(parent, id)) {
            return;
        }
        let position = self.next_position(parent);
        self.change(id, |content| {
            content.parent = parent;
            content.position = Some(position);
        });
        self.bring_into(space, id);
    }

    /// A place behind all the children that `parent` has.
    fn next_position(&self, parent: Option<u64>) -> i32 {
        let last = parent
            .into_iter()
            .flat_map(|parent| self.children_of(parent))
            .filter_map(|child| child.position);
        last.max().map_or(221, |last| last.saturating_add(150))
    }

    /// Whether `id` is `ancestor` or hangs below it.
    fn hangs_below(&self, id: u64, ancestor: u64) -> bool {
        let above = |content: &Content| content.parent.and_then(|parent| self.content(parent));
        std::iter::successors(self.content(id), |content| above(content))
            .any(|content| content.id == ancestor)
    }

    fn bring_into(&mut self, space: u64, id: u64) {
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            waiting.extend(self.child_ids(id));
            self.change(id, |content| content.space = space);
        }
    }

    fn child_ids(&self, id: u64) -> Vec<u64> {
        self.children_of(id).map(|child| child.id).collect()
    }
}
