#include "scenarios/device_replay.hpp"

#include <gmock/gmock.h>

#include "scenarios/device_choice.hpp"
#include "scenarios/test/temp_folder.hpp"

namespace blkpath {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

ConfigMap disk(const std::string& overhead) {
  ConfigMap params;
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"overhead", overhead}, {"rpm_tolerance", "0"}}) {
    ConfigValue v;
    v.text = value;
    params.entries.emplace_back(key, v);
  }
  return params;
}

// Two reads of the same block with no think time: a whole turn of 4 ms, whatever the overhead.
TEST(DeviceReplay, TheNextRequestComesWhenTheThinkTimeHasPassed) {
  const std::vector<MeasuredRequest> requests{
      {Op::read, 0, 512, 1ms, 0us}, {Op::read, 0, 512, 1ms, 500us}, {Op::read, 0, 512, 1ms, 0us}};
  const std::vector<LatencyPair> pairs = replay_on_device("disk", disk("150us"), "params", requests, 1);
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[1].predicted, Time{4ms});
  EXPECT_EQ(pairs[2].predicted, Time{3500us});
  EXPECT_EQ(pairs[2].measured, Time{1ms});
}

TEST(DeviceReplay, ARequestBeyondTheDeviceIsRefusedBeforeTheRun) {
  EXPECT_THAT(
      [&] {
        replay_on_device("disk", disk("0us"), "params", {{Op::read, 1ll << 50, 512, 1ms, 0us}}, 1);
      },
      ThrowsMessage<ConfigError>(HasSubstr("the device has")));
}

TEST(DeviceReplay, ATraceIsReadWithItsThinkTimes) {
  TempFolder folder;
  const std::string path = folder.write("t.trace", "R Hit 100 8 4067.0 9.0\nW Hit 200 16 2950.0 11.0\n");
  const std::vector<MeasuredRequest> requests = read_measured(path);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].latency, Time{4067us});
  EXPECT_EQ(requests[0].think, Time{9us});
  EXPECT_EQ(requests[1].op, Op::write);
  EXPECT_EQ(requests[1].length, 8192u);
}

TEST(DeviceReplay, OverlappingRequestsAreRefused) {
  TempFolder folder;
  const std::string path = folder.write(
      "t.csv",
      "issued_ns,completed_ns,op,offset_bytes,length_bytes\n0,100,read,0,4096\n50,150,read,0,4096\n");
  EXPECT_THAT([&] { read_measured(path); }, ThrowsMessage<ConfigError>(HasSubstr("request 2")));
}

TEST(DeviceReplay, SeveralDevicesInOneTraceAreRefused) {
  TempFolder folder;
  const std::string path = folder.write(
      "t.csv",
      "issued_ns,completed_ns,op,offset_bytes,length_bytes,device\n0,100,read,0,4096,3\n200,300,read,"
      "0,4096,3\n400,500,read,0,4096,5\n");
  EXPECT_THAT([&] { read_measured(path); },
              ThrowsMessage<ConfigError>(HasSubstr("request 3 is of device 5, those before it of device 3")));
}

/// Reads all over the disk.
std::vector<MeasuredRequest> scattered(int count) {
  std::vector<MeasuredRequest> requests;
  for (int i = 0; i < count; ++i)
    requests.push_back({Op::read, (i * 7919ll % 30'011) * 512'000, 4096, 1ms,
                        Time{std::chrono::microseconds{i * 37 % 5000}}});
  return requests;
}
/// Gives the requests the latencies of a disk with these settings.
void measure(const ConfigMap& as, std::vector<MeasuredRequest>& requests) {
  const std::vector<LatencyPair> truth = replay_on_device("disk", as, "params", requests, 1);
  for (std::size_t i = 0; i < truth.size(); ++i) requests[i].latency = truth[i].predicted;
}
ConfigMap with_settings(ConfigMap params, std::initializer_list<const char*> settings) {
  for (const char* setting : settings) params.entries.push_back(parse_parameter(setting));
  return params;
}

// Measured with an overhead of 400 us; the fit begins at 150.
TEST(DeviceFit, FindsTheOverheadThatMadeTheTrace) {
  std::vector<MeasuredRequest> requests = scattered(400);
  measure(disk("400us"), requests);
  const DeviceFit fit = fit_device("disk", disk("150us"), {"overhead"}, requests, 1, "a test");
  ASSERT_EQ(fit.parameters.size(), 1u);
  EXPECT_NEAR(fit.parameters[0].value, 400, 30);
  EXPECT_LT(fit.summary.after, fit.summary.before / 3);
  EXPECT_EQ(fit.params.entries[0].second.provenance->kind, Provenance::Kind::fitted);
}

// Bursts of four writes: with one segment for them each waits for the media, with four none does.
TEST(DeviceFit, FindsHowManySegmentsHoldWrites) {
  const ConfigMap one = with_settings(
      disk("150us"), {"write_cache=true", "segments=8", "segment_size=64KiB", "write_segments=1"});
  std::vector<MeasuredRequest> requests;
  for (int i = 0; i < 200; ++i)
    requests.push_back(
        {Op::write, (i * 7919 % 30'000) * 512'000ll, 4096, 1ms, i % 4 == 3 ? Time{100ms} : Time{0}});
  measure(with(one, with_settings({}, {"write_segments=4"})), requests);
  const DeviceFit fit = fit_device_and_choose("disk", one, requests, 1, "a test");
  EXPECT_EQ(fit.chosen, "write_segments=4");
  EXPECT_NEAR(fit.summary.after, 0, 1e-3);
}

// Each request by itself tells on which side of a turn it falls; the distributions alone hardly do.
TEST(DeviceFit, FindsThatSeeksTakeLongerOneWay) {
  std::vector<MeasuredRequest> requests = scattered(1000);
  measure(with_settings(disk("150us"), {"seek_bias=300us"}), requests);
  const DeviceFit fit = fit_device_and_choose("disk", disk("150us"), requests, 1, "a test");
  const auto found = std::find_if(fit.parameters.begin(), fit.parameters.end(),
                                  [](const FitParameter& p) { return p.name == "seek_bias"; });
  ASSERT_NE(found, fit.parameters.end());
  EXPECT_NEAR(found->value, 300, 100);
}

TEST(DeviceFit, APullKeepsATimeWhereItComesFrom) {
  std::vector<MeasuredRequest> requests = scattered(400);
  measure(disk("400us"), requests);
  const DeviceFit fit =
      fit_device("disk", disk("150us"), {"overhead"}, requests, 1, "a test", {}, {.pull = 1000});
  EXPECT_NEAR(fit.parameters.at(0).value, 150, 20);
}

TEST(DeviceFit, WhatHasNoEffectKeepsItsSource) {
  std::vector<MeasuredRequest> requests = scattered(100);
  measure(disk("400us"), requests);
  const DeviceFit fit =
      fit_device("disk", disk("150us"), {"write_completion"}, requests, 1, "a test", {}, {.pull = 12});
  EXPECT_TRUE(fit.parameters.empty());
  EXPECT_EQ(fit.params.entries.size(), 2u);
}

TEST(DeviceFit, AnInterruptEndsTheSearch) {
  std::vector<MeasuredRequest> requests = scattered(200);
  measure(disk("400us"), requests);
  const DeviceFit fit = fit_device_and_choose("disk", disk("150us"), requests, 1, "a test",
                                              [](double done) { return done < 0.2; });
  EXPECT_TRUE(fit.summary.stopped);
  EXPECT_FALSE(fit.params.entries.empty());
}

TEST(DeviceFit, WhatIsNotATimeIsRefused) {
  EXPECT_THAT([&] { fit_device("disk", disk("0us"), {"overheat"}, {}, 1, ""); },
              ThrowsMessage<ConfigError>(HasSubstr("overhead")));
}

}  // namespace
}  // namespace blkpath
