/// Fits a device model's times to a measured trace.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "scenarios/device_replay.hpp"
#include "scenarios/part.hpp"
#include "validate/least_squares.hpp"

namespace blkpath {

/// Parameters of a model that `calibrate` fits unless told otherwise: overheads, the bus, settling.
/// @return empty when the model has none
std::vector<std::string> default_fit(const std::string& model);

struct DeviceFit {
  FitSummary summary;                    ///< root mean squares in ms
  std::vector<FitParameter> parameters;  ///< values and standard errors in us; none without effect
  std::string chosen;                    ///< "write_segments=2"; empty when no number was changed
  ConfigMap params;                      ///< of the device, what was fitted replaced
};
/// What counts beside the distributions of latency.
struct FitWeights {
  double pull = 0;   ///< so many ms of difference stand for a time that is 1 ms off where it comes from
  double pairs = 0;  ///< of the difference of each request, turns that are missed or caught included
};

/// Changes the times `names` until the distributions of latency come as near as they can to the measured
/// ones. Four distributions: reads and writes, each by what the request before was.
/// @param on       what it is fitted to, for the provenance
/// @param go_on    false ends the search, which then returns the best so far
/// @throws ConfigError when a name is not a time of the model
DeviceFit fit_device(const std::string& model, const ConfigMap& params, const std::vector<std::string>& names,
                     const std::vector<MeasuredRequest>& requests, std::uint64_t seed, const std::string& on,
                     const std::function<bool()>& go_on = {}, FitWeights weights = {});

/// How far the four distributions of a device are from the measured ones, in ms^2 summed over requests.
double distribution_squares(const std::string& model, const ConfigMap& params,
                            const std::vector<MeasuredRequest>& requests, std::uint64_t seed);

}  // namespace blkpath
