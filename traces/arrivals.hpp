/// When the I/Os of a trace arrive, and how many are outstanding, in bounded memory.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/core/histogram.hpp"
#include "traces/adaptive_axis.hpp"
#include "traces/record.hpp"

namespace blkpath {

/// I/Os counted in windows of one width, one after another from the first arrival on.
class WindowCounts {
 public:
  explicit WindowCounts(Time width) : width_(width) {}
  /// @param t  since the first arrival; never less than before
  void add(Time t) {
    if (t >= end_) close(t);
    ++count_;
  }
  Time width() const { return width_; }
  /// Of complete windows; the last one, which the trace's end cuts off, does not count.
  std::int64_t windows() const { return windows_; }
  std::int64_t peak() const { return peak_; }
  double mean() const;
  /// Variance (n - 1) over mean of the counts: 1 for Poisson arrivals, 0 for a clock's; nothing below two
  /// windows. Source: Cox and Lewis, "The Statistical Analysis of Series of Events", 1966
  std::optional<double> dispersion() const;

 private:
  void close(Time t);

  Time width_, end_ = width_;
  std::int64_t windows_ = 0, count_ = 0, peak_ = 0, sum_ = 0;
  double sum_sq_ = 0;
};

/// Arrivals are put in order within the last kOrdered records before they are looked at, because recorders
/// write in order of completion, or processor by processor.
class Arrivals {
 public:
  static constexpr std::size_t kOrdered = 4096;
  static constexpr std::size_t kMostOutstanding = 1 << 20;

  /// @param end  kUnknown: it has no part in what is said of outstanding I/Os; nor has one that ends before
  /// it begins
  void add(Time issued, Time end);
  /// After the last record.
  void finish();

  std::int64_t backwards() const { return backwards_; }  ///< stamps earlier than the one before
  std::int64_t unordered() const { return unordered_; }  ///< of these: too far back to be put in order
  const LatencyStat& gaps() const { return gaps_; }      ///< between arrivals
  const std::array<WindowCounts, 4>& windows() const { return windows_; }

  Time first() const { return first_; }                      ///< arrival
  Time last() const { return std::max(last_, last_end_); }   ///< arrival or completion
  const AdaptiveHistogram& rate() const { return rate_; }    ///< I/Os, over ns
  const AdaptiveHistogram& depth() const { return depth_; }  ///< outstanding I/Os times ns, over ns

  bool completes() const { return completed_ > 0; }
  std::int64_t most_outstanding() const { return most_; }
  bool at_least() const { return overflowed_; }  ///< more were outstanding than kMostOutstanding
  /// Little's law, exact whatever the order: the sum of latencies over the time from the first arrival to
  /// last().
  double mean_outstanding() const;

 private:
  struct Arrival {
    Time issued, end;
  };
  void take(std::size_t n);
  void arrive(const Arrival& a);
  void advance(Time to);

  std::vector<Arrival> ordered_;   ///< the last ones; by issued once take() has been called
  bool in_order_ = true;           ///< they are
  std::vector<Time> outstanding_;  ///< ends, a heap with the earliest first
  Time first_ = Time::max(), last_ = Time::min(), last_end_ = Time::min();
  Time previous_ = IoRecord::kUnknown;  ///< stamp of the record before, in the file's order
  Time at_ = IoRecord::kUnknown;        ///< latest arrival that was looked at
  Time swept_{0};                       ///< depth_ is complete up to here
  Time windows_start_{0};
  std::int64_t backwards_ = 0, unordered_ = 0, completed_ = 0, most_ = 0;
  double latency_sum_ = 0;
  bool overflowed_ = false;
  LatencyStat gaps_;
  std::array<WindowCounts, 4> windows_{WindowCounts{10ms}, WindowCounts{100ms}, WindowCounts{1s},
                                       WindowCounts{10s}};
  AdaptiveHistogram rate_, depth_;
};

}  // namespace blkpath
