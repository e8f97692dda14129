/// A recorded trace on one device: what the ways to replay it have in common.
#pragma once
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "model/core/params.hpp"
#include "model/core/registry.hpp"
#include "model/core/sim.hpp"
#include "validate/distance.hpp"

namespace blkpath {

/// Issues the requests of a trace and notes how long each takes; the subclass says when.
template <class Record>
class TraceCaller : public Stage {
 public:
  TraceCaller(const std::vector<Record>& requests, std::vector<LatencyPair>& pairs)
      : requests_(requests), pairs_(pairs) {}
  void start() override {
    timer_ = sim().timer(*this);
    if (!requests_.empty()) sim().schedule(timer_, sim().now());
  }
  void submit(Slot) override {}

 protected:
  const std::vector<Record>& requests_;
  std::vector<LatencyPair>& pairs_;
  Slot timer_ = kNoSlot;
};

/// Lets a `Caller` issue `requests` to a device of `model` until all are done.
/// @param section  of the parameters, for messages
/// @param pairs    where the caller notes the latencies
/// @throws         ConfigError when a request does not lie on the device
template <class Caller, class Record>
void run_trace(const std::string& model, const ConfigMap& params, const std::string& section,
               const std::vector<Record>& requests, std::uint64_t seed, std::vector<LatencyPair>& pairs) {
  Sim sim(seed);
  const StageId caller = sim.add(std::make_unique<Caller>(requests, pairs), "caller", "caller");
  const StageId device =
      sim.add(find_model(model, params.place, section).make(params, section).stage, "device", "device");
  sim.connect(caller, device);
  const Bytes size = sim.stage(device).luns({}).each;
  for (const Record& r : requests)
    if (r.offset < 0 || r.offset > size.n - r.length)
      throw ConfigError(
          params.place, section,
          fmt::format("the trace has a request at byte {}, the device has {} bytes", r.offset, size.n));
  sim.start();
  sim.run_until(Instant::max());
}

}  // namespace blkpath
