//! A generator of pseudorandom numbers whose whole run follows from its seed.

/// xoshiro256** 1.0, seeded by SplitMix64 as its authors advise.
#[derive(Clone, Debug)]
pub struct Prng([u64; 4]);

impl Prng {
    pub fn new(seed: u64) -> Self {
        let mut state = seed;
        Self(std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }))
    }

    pub fn draw(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.0;
        let drawn = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        drawn
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        debug_assert!(least <= most);
        // The high half of a product with the number of values: as even as a simulation needs.
        let values = u128::from(most - least) + 1;
        least + ((u128::from(self.draw()) * values) >> 64) as u64
    }

    /// `true` in `per_mille` of a thousand cases.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.between(0, 999) < per_mille
    }

    pub fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.between(0, values.len() as u64 - 1) as usize]
    }

    /// A time span with the mean `mean`, exponentially distributed, and at most six times the mean.
    pub fn span(&mut self, mean: u64) -> u64 {
        let unit = (self.draw() >> 11) as f64 / (1_u64 << 53) as f64;
        let span = -(1.0 - unit).ln() * mean as f64;
        (span as u64).min(mean * 6)
    }

    /// A number from `least` to `most` whose magnitude is evenly distributed.
    pub fn magnitude(&mut self, least: u64, most: u64) -> u64 {
        let (low, high) = (least.max(1).ilog2(), most.max(1).ilog2());
        let bits = self.between(u64::from(low), u64::from(high));
        self.between(1 << bits, (2 << bits) - 1).clamp(least, most)
    }
}

#[cfg(test)]
mod tests {
    use super::Prng;

    #[test]
    fn the_first_numbers_are_those_of_the_reference() {
        // xoshiro256** of the state 1, 2, 3, 4.
        let mut prng = Prng([1, 2, 3, 4]);
        assert_eq!(
            [prng.draw(), prng.draw(), prng.draw(), prng.draw()],
            [11520, 0, 1509978240, 1215971899390074240]
        );
    }

    #[test]
    fn a_range_includes_both_ends_and_nothing_else() {
        let mut prng = Prng::new(1);
        let mut seen = [0_u32; 4];
        for _ in 0..4_000 {
            seen[(prng.between(7, 10) - 7) as usize] += 1;
        }
        assert!(seen.iter().all(|times| (850..1150).contains(times)), "{seen:?}");
    }
}
