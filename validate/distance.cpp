#include "validate/distance.hpp"

#include <algorithm>
#include <cmath>

namespace blkpath {
namespace {

bool counts(const LatencyPair& p, Which which) {
  return which == Which::all || (which == Which::writes) == p.write;
}

double rms(const std::vector<double>& v) {
  double sum = 0;
  for (const double x : v) sum += x * x;
  return v.empty() ? 0 : std::sqrt(sum / static_cast<double>(v.size()));
}

}  // namespace

std::vector<double> sorted_differences(std::span<const LatencyPair> pairs, Which which) {
  std::vector<std::int64_t> measured, predicted;
  for (const LatencyPair& p : pairs)
    if (counts(p, which)) {
      measured.push_back(p.measured.count());
      predicted.push_back(p.predicted.count());
    }
  std::sort(measured.begin(), measured.end());
  std::sort(predicted.begin(), predicted.end());
  std::vector<double> differences(measured.size());
  for (std::size_t i = 0; i < measured.size(); ++i)
    differences[i] = static_cast<double>(predicted[i] - measured[i]) * 1e-6;
  return differences;
}

LatencyDistance latency_distance(std::span<const LatencyPair> pairs, Which which) {
  LatencyDistance d;
  std::vector<double> paired;
  for (const LatencyPair& p : pairs)
    if (counts(p, which)) {
      d.measured_mean_ms += static_cast<double>(p.measured.count()) * 1e-6;
      d.predicted_mean_ms += static_cast<double>(p.predicted.count()) * 1e-6;
      paired.push_back(static_cast<double>((p.predicted - p.measured).count()) * 1e-6);
    }
  d.count = paired.size();
  if (d.count > 0) {
    d.measured_mean_ms /= static_cast<double>(d.count);
    d.predicted_mean_ms /= static_cast<double>(d.count);
  }
  d.demerit_ms = rms(sorted_differences(pairs, which));
  d.paired_rms_ms = rms(paired);
  return d;
}

}  // namespace blkpath
