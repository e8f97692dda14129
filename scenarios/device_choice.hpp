/// Fits a device model to a measured trace without being told what to fit.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "scenarios/device_fit.hpp"

namespace blkpath {

/// What is tried on a model.
struct FitTrial {
  std::vector<std::string> times;  ///< to be fitted
  FitWeights weights;
  std::string name, value;  ///< a number that is not a time; empty: none
};

/// All that is worth trying on a model with these parameters. For a disk: overheads, bus and settling; with
/// them seeks that take longer one way than the other and more of the controller's times; with a write cache,
/// one, two, four ... segments of its buffer for writes, as parameter files often say 1 where they do not
/// know. Each with and without a pull towards where a time comes from (a drive whose angles are not known
/// lets times wander), and with and without requests one by one (which help a drive whose angles are known).
std::vector<FitTrial> fit_trials(const std::string& model, const ConfigMap& params);

/// Fits by the trial that comes nearest to each half of the requests when it is fitted to the other half.
/// @param on     what it is fitted to, for the provenance
/// @param go_on  told how much is done, 0 to 1; false ends the search, which then returns the best so far
DeviceFit fit_device_and_choose(const std::string& model, const ConfigMap& params,
                                const std::vector<MeasuredRequest>& requests, std::uint64_t seed,
                                const std::string& on, const std::function<bool(double)>& go_on = {});

}  // namespace blkpath
