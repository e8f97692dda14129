#include "scenarios/trace_fit.hpp"

#include <gmock/gmock.h>

#include "model/core/random.hpp"
#include "scenarios/part.hpp"
#include "scenarios/test/temp_folder.hpp"

namespace blkpath {
namespace {

using ::testing::HasSubstr;

/// Random reads that arrive by Poisson's law; their completions as a device with `params` gives them.
std::vector<TimedRequest> trace_of(const std::vector<std::string>& params, Time between, int count,
                                   const std::function<std::uint32_t(Random&)>& length) {
  ConfigMap device;
  for (const std::string& p : params) device.entries.push_back(parse_parameter(p));
  Random random(3, "trace");
  std::vector<TimedRequest> requests;
  Time t{0};
  for (int i = 0; i < count; ++i, t += random.exponential(between))
    requests.push_back(
        {Op::read, static_cast<std::int64_t>(random.below(100'000)) * 1'048'576, length(random), t, t});
  const auto pairs = replay_timed(device, requests, 5);
  for (std::size_t i = 0; i < pairs.size(); ++i) requests[i].done = requests[i].issued + pairs[i].predicted;
  return requests;
}
const auto kSmall = [](Random&) -> std::uint32_t { return 16384; };

// 12 servers of 3.4 ms at 85 % of their load: up to 40 outstanding.
TEST(TraceFit, ServersAndTheirTimeAreFound) {
  const auto requests =
      trace_of({"servers=12", "tags=4096", "read=[[0, 3400us]]", "link_rate=1000GB/s", "command_cost=0s"},
               333us, 6000, kSmall);
  const TraceFit fit = fit_trace(requests, {}, 1, "test");
  EXPECT_EQ(fit.servers, 12);
  EXPECT_LT(fit.demerit_pct, 0.1);
}

// 5 are none of the numbers that are tried.
TEST(TraceFit, ServersThatAreKnownAreNotLookedFor) {
  const auto requests = trace_of({"servers=12", "tags=4096", "read=[[0, 3400us]]"}, 1ms, 500, kSmall);
  int asked = 0;
  const TraceFit fit = fit_trace(requests, {{}, {parse_parameter("servers=5")}}, 1, "test", [&] {
    ++asked;
    return true;
  });
  EXPECT_EQ(fit.servers, 5);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(fit.params.entries[0].second.text, "5");
}

TEST(TraceFit, WhoIsInterruptedGetsTheBestSoFar) {
  const auto requests = trace_of({"servers=2", "read=[[0, 1ms]]"}, 2ms, 200, kSmall);
  const TraceFit fit = fit_trace(requests, {}, 1, "test", [] { return false; });
  EXPECT_EQ(fit.servers, 1);
  EXPECT_FALSE(fit.params.entries.empty());
}

// 1 ms and 20 us for each KiB, of 4 or 64 KiB.
TEST(TraceFit, WhatEachKibAddsIsFound) {
  const auto requests =
      trace_of({"servers=4", "tags=4096", "read=[[0, 1ms]]", "read_per_kib=20us", "link_rate=1000GB/s",
                "command_cost=0s"},
               1ms, 6000, [](Random& r) -> std::uint32_t { return r.below(2) == 0 ? 4096 : 65536; });
  const TraceFit fit = fit_trace(requests, {}, 1, "test");
  EXPECT_EQ(fit.servers, 4);
  const auto slope = std::find_if(fit.params.entries.begin(), fit.params.entries.end(),
                                  [](const auto& e) { return e.first == "read_per_kib"; });
  ASSERT_NE(slope, fit.params.entries.end());
  EXPECT_NEAR(micros(parse_time(slope->second.text)), 20, 0.5);
  EXPECT_EQ(slope->second.provenance->kind, Provenance::Kind::fitted);
}

TEST(TraceFit, ARequestBeyondTheDeviceIsRefusedBeforeTheRun) {
  ConfigMap device;
  device.entries.push_back(parse_parameter("capacity=1MiB"));
  const auto refusal = [&](std::int64_t offset) {
    return error_of([&] { replay_timed(device, {{Op::read, offset, 4096, 0us, 1ms}}, 1); });
  };
  EXPECT_EQ(refusal(1'044'480), "");
  EXPECT_THAT(refusal(1'044'481), HasSubstr("a request at byte 1044481, the device has 1048576 bytes"));
  EXPECT_THAT(refusal(-1), HasSubstr("at byte -1"));
}

TEST(TraceFit, ATraceWithoutCompletionsIsRefused) {
  TempFolder folder;
  const std::string file = folder.write("t.csv", "issued_ns,op,offset_bytes,length_bytes\n0,read,0,4096\n");
  EXPECT_THAT(error_of([&] { read_timed(file); }),
              HasSubstr("t.csv: trace: request 1 has no completion time"));
}

}  // namespace
}  // namespace blkpath
