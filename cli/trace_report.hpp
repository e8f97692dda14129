/// What `blkpath trace info` says of one trace.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/trace_plot.hpp"
#include "traces/format.hpp"
#include "traces/trace_stats.hpp"

namespace blkpath::cli {

struct TraceSummary {
  std::string file;
  TraceMeta meta;
  std::int64_t skipped = 0;  ///< malformed records passed over
  bool interrupted = false;  ///< statistics of a part
  const TraceStats* stats = nullptr;
};

std::string trace_text(const TraceSummary& summary);
nlohmann::ordered_json trace_json(const TraceSummary& summary);
std::string trace_charts(const TraceStats& stats, const PlotStyle& style);

/// Those that the trace has, with their names: "read total", "D2C", "lateness".
std::vector<std::pair<std::string, const LatencyStat*>> latencies(const TraceStats& stats);

struct Totals {
  std::int64_t count = 0, bytes = 0;
};
Totals totals(const TraceStats& stats);

/// "value" or, where the histogram ends, "> 17.2 s": its last bucket holds all that is longer.
bool past_histogram(Time percentile);

}  // namespace blkpath::cli
