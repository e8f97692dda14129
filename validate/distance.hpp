/// How far predicted latencies are from measured ones.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "model/core/units.hpp"

namespace blkpath {

/// One request, measured and predicted.
struct LatencyPair {
  bool write = false;
  Time measured{0}, predicted{0};
};

/// Distance between the distributions of measured and predicted latency, all in ms.
struct LatencyDistance {
  std::size_t count = 0;
  double measured_mean_ms = 0, predicted_mean_ms = 0;
  /// Root mean square of the horizontal distance between the two distribution curves: of the differences of
  /// the sorted samples. Source: Ruemmler and Wilkes, "An introduction to disk drive modeling", IEEE Computer
  /// 27(3), 1994.
  double demerit_ms = 0;
  double paired_rms_ms = 0;  ///< root mean square of the differences request by request
  /// In per cent of the measured mean; 0 when nothing was measured.
  double demerit_pct() const { return measured_mean_ms > 0 ? 100 * demerit_ms / measured_mean_ms : 0; }
};

enum class Which : std::uint8_t { all, reads, writes };
LatencyDistance latency_distance(std::span<const LatencyPair> pairs, Which which);

/// Predicted minus measured of the sorted samples, in ms.
std::vector<double> sorted_differences(std::span<const LatencyPair> pairs, Which which);

}  // namespace blkpath
