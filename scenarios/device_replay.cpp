#include "scenarios/device_replay.hpp"

#include <fmt/format.h>

#include "scenarios/measured_trace.hpp"
#include "scenarios/trace_caller.hpp"

namespace blkpath {
namespace {

/// One caller who waits for each request and then thinks.
class OneCaller final : public TraceCaller<MeasuredRequest> {
 public:
  using TraceCaller::TraceCaller;
  void on_event(Slot) override {
    const MeasuredRequest& r = requests_[pairs_.size()];
    issued_ = sim().now();
    sim().down(sim().open(*this, r.op, r.offset, r.length, Request::kDirect), below());
  }
  void complete(Slot s) override {
    const MeasuredRequest& r = requests_[pairs_.size()];
    if (sim()[s].error != 0)
      throw std::runtime_error(fmt::format("the device refused request {} of the trace", pairs_.size() + 1));
    sim().settle(s);
    sim().close(s);
    pairs_.push_back({r.op == Op::write, r.latency, sim().now() - issued_});
    if (pairs_.size() < requests_.size()) sim().schedule(timer_, sim().now() + r.think);
  }

 private:
  Instant issued_{};
};

}  // namespace

std::vector<MeasuredRequest> read_measured(const std::string& path) {
  std::vector<MeasuredRequest> requests;
  Time last_end{0};
  for_each_measured(path, [&](const IoRecord& r) {
    if (!requests.empty() && r.issued < last_end)
      throw ConfigError({path, 0}, "trace",
                        fmt::format("request {} was issued before the one in front of it had completed",
                                    requests.size() + 1));
    if (!requests.empty()) requests.back().think = r.issued - last_end;
    requests.push_back({r.op, r.offset, r.length, r.end() - r.issued, Time{0}});
    last_end = r.end();
  });
  return requests;
}

std::vector<LatencyPair> replay_on_device(const std::string& model, const ConfigMap& params,
                                          const std::string& section,
                                          const std::vector<MeasuredRequest>& requests, std::uint64_t seed) {
  std::vector<LatencyPair> pairs;
  pairs.reserve(requests.size());
  run_trace<OneCaller>(model, params, section, requests, seed, pairs);
  return pairs;
}

}  // namespace blkpath
