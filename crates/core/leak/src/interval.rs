//! How sure a share is.

/// The 95 % quantile of the normal distribution, two-sided.
const Z: f64 = 1.959_964;

/// Wilson's 95 % interval of a share: where the true one may lie, after `hits` of `of`.
#[must_use]
pub fn wilson(hits: u64, of: u64) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (of as f64, hits as f64 / of as f64);
    let centre = share + Z * Z / (2.0 * n);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((centre - spread) / scale).max(0.0), ((centre + spread) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_books() {
        let close =
            |(low, high): (f64, f64), (a, b): (f64, f64)| (low - a).abs() < 0.001 && (high - b).abs() < 0.001;
        assert!(close(wilson(0, 300), (0.0, 0.0126)));
        assert!(close(wilson(5, 10), (0.2366, 0.7634)));
        assert!(close(wilson(10, 10), (0.7225, 1.0)));
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }
}
