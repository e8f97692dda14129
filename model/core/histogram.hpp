/// Latency statistics in constant memory: running moments and fio's histogram.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "model/core/units.hpp"

namespace blkpath {

/// Minimum, maximum, mean and deviation of a stream of samples (Welford 1962; fio's add_stat_sample).
class Moments {
 public:
  void add(double x) {
    min_ = std::min(min_, x);
    max_ = std::max(max_, x);
    const double delta = x - mean_;
    mean_ += delta / static_cast<double>(++n_);
    s_ += delta * (x - mean_);
  }
  std::int64_t count() const { return n_; }
  double min() const { return n_ ? min_ : 0; }
  double max() const { return n_ ? max_ : 0; }
  double mean() const { return mean_; }
  /// Sample standard deviation (n - 1), as fio prints it; 0 below two samples.
  double stddev() const { return n_ > 1 ? std::sqrt(s_ / static_cast<double>(n_ - 1)) : 0; }
  /// Adds another stream's samples (Chan et al. 1979).
  void merge(const Moments& o);
  /// Adds a stream that ran beside this one, as fio's group_reporting adds bandwidth and IOPS samples:
  /// minima, maxima and means add up, and so do the squared deviations and the counts.
  void add_parallel(const Moments& o);

 private:
  std::int64_t n_ = 0;
  double min_ = std::numeric_limits<double>::infinity(), max_ = -std::numeric_limits<double>::infinity();
  double mean_ = 0, s_ = 0;
};

/// Latency distribution in nanoseconds: exact integer sums, and a histogram with 64 buckets for each power
/// of two (fio's FIO_IO_U_PLAT_BITS = 6; 29 groups), so a percentile is off by at most 1/128 of its value.
class LatencyStat {
 public:
  static constexpr int kBits = 6;
  static constexpr int kGroups = 29;
  static constexpr int kBuckets = kGroups << kBits;

  void add(Time t) {
    const std::int64_t ns = t.count();
    ++n_;
    sum_ += ns;
    sum_sq_ += static_cast<unsigned __int128>(ns) * static_cast<unsigned __int128>(ns);
    min_ = std::min(min_, ns);
    max_ = std::max(max_, ns);
    ++buckets_[bucket_of(static_cast<std::uint64_t>(ns))];
  }
  std::int64_t count() const { return n_; }
  Time min() const { return Time{n_ ? min_ : 0}; }
  Time max() const { return Time{max_}; }
  double mean_ns() const { return n_ ? static_cast<double>(sum_) / static_cast<double>(n_) : 0; }
  double stddev_ns() const;
  std::int64_t sum_ns() const { return sum_; }
  void merge(const LatencyStat& o);

  /// Latency below which `percent` of the samples lie, as fio computes it from its buckets.
  /// @param percent  in [0, 100]
  /// @return         Time; zero when there are no samples
  /// @throws         std::invalid_argument when percent is outside [0, 100]
  Time percentile(double percent) const;

  /// fio's plat_val_to_idx: values below 128 ns are exact, above that the low bits are dropped.
  static constexpr std::size_t bucket_of(std::uint64_t ns) {
    const int msb = 63 - std::countl_zero(ns | 1);
    if (msb <= kBits) return static_cast<std::size_t>(ns);
    const int shift = msb - kBits;
    const std::size_t index = (static_cast<std::size_t>(shift + 1) << kBits) +
                              static_cast<std::size_t>((ns >> shift) & ((1u << kBits) - 1));
    return index < kBuckets ? index : kBuckets - 1;
  }
  /// fio's plat_idx_to_val: the middle of a bucket.
  static constexpr std::int64_t bucket_value(std::size_t index) {
    if (index < (2u << kBits)) return static_cast<std::int64_t>(index);
    const int shift = static_cast<int>(index >> kBits) - 1;
    const std::int64_t base = std::int64_t{1} << (shift + kBits);
    const std::int64_t k = static_cast<std::int64_t>(index & ((1u << kBits) - 1));
    return base + (k << shift) + (std::int64_t{1} << shift) / 2;
  }
  const std::array<std::uint32_t, kBuckets>& buckets() const { return buckets_; }

 private:
  std::int64_t n_ = 0, sum_ = 0;
  unsigned __int128 sum_sq_ = 0;
  std::int64_t min_ = std::numeric_limits<std::int64_t>::max(), max_ = 0;
  std::array<std::uint32_t, kBuckets> buckets_{};
};

}  // namespace blkpath
