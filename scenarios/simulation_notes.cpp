// What a run makes its user know beside the figures.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "scenarios/simulation.hpp"

namespace blkpath {

std::vector<std::string> Simulation::notes(const Result& result) const {
  std::vector<std::string> all;
  // In a guest it is the host's driver that counts, not the engine of the guest's jobs.
  const auto has = [&](std::string_view model, Layer highest) {
    return std::any_of(nodes_.begin(), nodes_.end(),
                       [&](const PathNode& n) { return n.model == model && n.layer >= highest; });
  };
  const Layer driver = scenario_.disk ? Layer::aio : Layer::workload;
  const bool deep = std::any_of(result.specs.begin(), result.specs.end(), [](const JobSpec& job) {
    return job.iodepth > 1 && job.engine != IoEngine::psync;
  });
  if (deep && !has("block_queue", Layer::block) &&
      (has("linux_aio", driver) || (has("io_uring", driver) && !has("page_cache", driver))))
    all.emplace_back(
        "path: no block_queue: an asynchronous driver submits one at a time and waits for each, whatever the "
        "iodepth; with 'block: {model: block_queue}' at the top of the path it does not");
  for (const JobStats& job : result.jobs)
    if (job.error == EOPNOTSUPP)
      all.push_back(fmt::format("job '{}': a disk has no discard, so trims fail with EOPNOTSUPP", job.name));
  return all;
}

}  // namespace blkpath
