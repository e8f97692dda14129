/// Fits a calibrated device to a trace with submissions and completions, several I/Os outstanding.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "model/core/params.hpp"
#include "model/core/request.hpp"
#include "validate/distance.hpp"

namespace blkpath {

struct TimedRequest {
  Op op = Op::read;
  std::int64_t offset = 0;
  std::uint32_t length = 0;
  Time issued{0}, done{0};  ///< since the first one was issued
};

/// Reads and writes of a trace, in order of issue.
/// @throws ConfigError as for_each_measured()
std::vector<TimedRequest> read_timed(const std::string& path);

/// Issues the requests at their times, whatever comes back.
/// @param params  of model `calibrated`
/// @return        the latency of each beside the measured one
/// @throws        ConfigError when a request does not lie on the device
std::vector<LatencyPair> replay_timed(const ConfigMap& params, const std::vector<TimedRequest>& requests,
                                      std::uint64_t seed);

struct TraceFit {
  ConfigMap params;
  int servers = 0;
  double demerit_pct = 0;  ///< on what it was fitted to
};

/// Finds how many servers the device has and what their service times are.
///
/// With c servers and one queue in order of arrival each service begins when the request has come and one of
/// the servers is free, and that follows from the completions. So each c gives service times: of reads and of
/// writes, random and sequential, less what each KiB adds (a line through the medians by size). With too
/// few servers they come out short, and with too many they contain the wait of deep queues: the c whose
/// simulation comes nearest to the measured latencies stays.
/// @param given  parameters that are known; with `servers` only their times are looked for
/// @param go_on  false ends the search, which then returns the best so far
/// @param on     what it is fitted to, for the provenance
TraceFit fit_trace(
    const std::vector<TimedRequest>& requests, const ConfigMap& given, std::uint64_t seed,
    const std::string& on, const std::function<bool()>& go_on = [] { return true; });

}  // namespace blkpath
