/// A recorded trace on one device, one request at a time: what a model of the device is judged by.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/core/params.hpp"
#include "model/core/request.hpp"
#include "validate/distance.hpp"

namespace blkpath {

/// A request as it was measured.
struct MeasuredRequest {
  Op op = Op::read;
  std::int64_t offset = 0;
  std::uint32_t length = 0;
  Time latency{0};
  Time think{0};  ///< from its completion to the next request
};

/// The requests of a trace in which each one was issued after the one before had completed.
/// @throws ConfigError as for_each_measured(), or when two overlap
std::vector<MeasuredRequest> read_measured(const std::string& path);

/// Issues the requests to a device of `model`, each after the one before has completed and the recorded think
/// time has passed.
/// @param section  of the parameters, for messages
/// @return         the latency of each beside the measured one
/// @throws         ConfigError; std::runtime_error when the device refuses a request
std::vector<LatencyPair> replay_on_device(const std::string& model, const ConfigMap& params,
                                          const std::string& section,
                                          const std::vector<MeasuredRequest>& requests, std::uint64_t seed);

}  // namespace blkpath
