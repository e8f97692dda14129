/// What a replay did beyond a job's statistics, as plain data.
#pragma once
#include <cstdint>

#include "model/core/histogram.hpp"
#include "model/job_spec.hpp"
#include "model/request_source.hpp"

namespace blkpath {

struct ReplayStats {
  SourceFacts source;
  std::int64_t requests = 0;    ///< issued, flushes among them
  std::int64_t backwards = 0;   ///< whose time stamp lies before an earlier one
  std::int64_t overlapped = 0;  ///< dependent: issued in the trace before the one in front of it had ended
  std::int64_t failed = 0;
  std::int64_t sequential = 0;  ///< began where the request before had ended
  int deepest = 0;              ///< most in flight at once
  LatencyStat lateness;         ///< of those that were issued later than the trace wants
  /// The trace's latencies, and the model's of the same requests: those whose end was recorded, after
  /// ramp_time.
  LatencyStat recorded, predicted;
  PerDir<Bytes> smallest{}, largest{};  ///< request sizes; 0 where there was none
};

}  // namespace blkpath
