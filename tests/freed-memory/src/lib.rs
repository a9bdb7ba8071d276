//! An allocator that shows what was in the memory that a program gave back.
//!
//! While it [watches](watch), a block that is freed, or left behind by one that grew, is put aside as it is. Nothing is
//! reused meanwhile, so that whatever is in it was left there by its last owner. Memory that C libraries get elsewhere, and
//! the stack, are not looked at.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// For `#[global_allocator]`.
pub struct Watched;

/// Blocks that can be put aside at once.
const CAPACITY: usize = 1 << 18;

static WATCHING: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicUsize = AtomicUsize::new(0);
static BLOCKS: [Block; CAPACITY] = [const { Block::empty() }; CAPACITY];
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

struct Block {
    start: AtomicPtr<u8>,
    size: AtomicUsize,
    align: AtomicUsize,
}

impl Block {
    const fn empty() -> Self {
        Self { start: AtomicPtr::new(ptr::null_mut()), size: AtomicUsize::new(0), align: AtomicUsize::new(0) }
    }
}

// SAFETY: the memory is `System`'s, which gets back what it gave, with the same layout and once: by `dealloc`, or by the
// `Freed` that empties the block's entry. `realloc` is the trait's own: another block, a copy, and `dealloc`.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeros, so that every byte of a freed block may be read, and none is from its last use.
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        if WATCHING.load(Ordering::SeqCst) {
            let index = COUNT.fetch_add(1, Ordering::SeqCst);
            if let Some(block) = BLOCKS.get(index) {
                block.size.store(layout.size(), Ordering::SeqCst);
                block.align.store(layout.align(), Ordering::SeqCst);
                block.start.store(start, Ordering::SeqCst);
                return;
            }
        }
        // SAFETY: as above.
        unsafe { System.dealloc(start, layout) }
    }
}

/// What was freed while a function ran; given back to the system when it is dropped.
pub struct Freed(#[expect(dead_code, reason = "held until the blocks are gone")] MutexGuard<'static, ()>);

/// Runs a function and keeps what is freed meanwhile, by this thread and by others.
///
/// # Panics
///
/// If more blocks are freed than can be kept.
pub fn watch(run: impl FnOnce()) -> Freed {
    let freed = Freed(ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner));
    COUNT.store(0, Ordering::SeqCst);
    WATCHING.store(true, Ordering::SeqCst);
    run();
    WATCHING.store(false, Ordering::SeqCst);
    assert!(COUNT.load(Ordering::SeqCst) <= CAPACITY, "more blocks than can be kept");
    freed
}

impl Freed {
    /// The size of a freed block in which these bytes stand.
    pub fn find(&self, bytes: &[u8]) -> Option<usize> {
        let blocks = BLOCKS.iter().take(COUNT.load(Ordering::SeqCst));
        blocks
            .filter_map(|block| {
                let start = block.start.load(Ordering::SeqCst);
                // SAFETY: the block is the system's to take back, and that is only done by `drop`, which needs this
                // borrow to be over. It was zeroed when it was made, and nobody owns it who could write to it.
                (!start.is_null())
                    .then(|| unsafe { std::slice::from_raw_parts(start, block.size.load(Ordering::SeqCst)) })
            })
            .find(|block| block.windows(bytes.len()).any(|window| window == bytes))
            .map(<[u8]>::len)
    }
}

impl Drop for Freed {
    fn drop(&mut self) {
        WATCHING.store(false, Ordering::SeqCst);
        for block in BLOCKS.iter().take(COUNT.swap(0, Ordering::SeqCst)) {
            let start = block.start.swap(ptr::null_mut(), Ordering::SeqCst);
            let (size, align) = (block.size.load(Ordering::SeqCst), block.align.load(Ordering::SeqCst));
            if let (false, Ok(layout)) = (start.is_null(), Layout::from_size_align(size, align)) {
                // SAFETY: `dealloc` got the block with this layout and did not pass it on.
                unsafe { System.dealloc(start, layout) };
            }
        }
    }
}
