#include <gmock/gmock.h>

#include "hw/storage_pdus.hpp"
#include "hw/test/saturated.hpp"

namespace blkpath::test {
namespace {

// A byte takes a nanosecond on the wire and as long to copy; a frame has 1000 bytes of data and 90 of
// overhead. A message costs the host 2 us, the target 3 us, each of them 1 us more for up to 64 KiB.
Model net(const std::string& protocol, const std::vector<std::pair<std::string, std::string>>& more = {}) {
  Model model{"ethernet",
              {{"protocol", protocol},
               {"rate", "1000MB/s"},
               {"mtu", "1052B"},
               {"latency", "1us"},
               {"initiator_cost", "2us"},
               {"target_cost", "3us"},
               {"segment_cost", "1us"},
               {"copy_rate", "1000MB/s"}}};
  model.params.insert(model.params.end(), more.begin(), more.end());
  return model;
}
const Devices kTarget{.service = 100us, .servers = 64};
constexpr std::uint32_t kLength = 4096;

TEST(StoragePdus, EachProtocolHasItsHeaders) {
  const StoragePdus nbd(StorageProtocol::nbd, {}), iscsi(StorageProtocol::iscsi, {}),
      nvme(StorageProtocol::nvme_tcp, {});
  EXPECT_EQ(nbd.command(nbd.unasked(1_MiB)), 1_MiB + 28_B);
  EXPECT_EQ(nbd.answer(0_B), 16_B);
  EXPECT_EQ(nbd.answer(4_KiB), 4_KiB + 16_B);
  EXPECT_EQ(iscsi.unasked(1_MiB), 64_KiB);
  EXPECT_EQ(iscsi.asked(1_MiB), 256_KiB);
  EXPECT_EQ(iscsi.command(64_KiB), 64_KiB + 48_B);
  EXPECT_EQ(iscsi.answer(1_MiB), 1_MiB + 48_B * 4);
  EXPECT_EQ(nvme.command(0_B), 72_B);
  EXPECT_EQ(nvme.unasked(16_KiB), 16_KiB);
  EXPECT_EQ(nvme.unasked(20_KiB), 0_B);  // all of it or nothing
  EXPECT_EQ(nvme.asked(20_KiB), 20_KiB);
  EXPECT_EQ(nvme.data(16_KiB), 16_KiB + 24_B);
  EXPECT_EQ(nvme.answer(0_B), 24_B);
}

TEST(StoragePdus, DigestsTakeAWordOfEachHeaderAndOfEachPdusData) {
  const StoragePdus iscsi(StorageProtocol::iscsi, {64_KiB, 256_KiB, 8_KiB, true});
  EXPECT_EQ(iscsi.command(0_B), 52_B);
  EXPECT_EQ(iscsi.command(16_KiB), 16_KiB + (48_B + 8_B) * 2);
  EXPECT_EQ(iscsi.grant(), 52_B);
  EXPECT_EQ(iscsi.answer(8_KiB), 8_KiB + 56_B);
}

TEST(Ethernet, AnNbdRequestIsAMessageEachWay) {
  TestPath path({net("nbd")}, kTarget);
  path.at(0us, {Op::read, 0, kLength}).at(1ms, {Op::write, 0, kLength}).run();
  EXPECT_EQ(path.seen[0].at, Instant{8146ns});  // 3000, wire 28 + 90, 1000, 4000 + 28
  EXPECT_EQ(path.lat(0), "124820ns");           // + 100 us + 4000, wire 4112 + 5 x 90, 1000, 3000 + 4112
  EXPECT_EQ(path.seen[1].at, Instant{1ms + 16'698ns});  // 3000, wire 4124 + 450, 1000, 4000 + 4124
  EXPECT_EQ(path.lat(1), "124820ns");                   // + 100 us + 4000 + 106 + 1000 + 3016
  EXPECT_EQ(path.stages[0]->cpu(), 3us + 7112ns + 3us + 3016ns);
}

TEST(Ethernet, AnIscsiReadCarriesItsStatusWithTheData) {
  TestPath path({net("iscsi")}, kTarget);
  path.at(0us, {Op::read, 0, kLength}).run();
  EXPECT_EQ(path.seen[0].at, Instant{8186ns});  // 3000, wire 48 + 90, 1000, 4000 + 48
  EXPECT_EQ(path.lat(), "124924ns");            // + 100 us + 4000, wire 4144 + 450, 1000, 3000 + 4144
}

// 1 KiB with the command: 3000, wire 1072 + 180, 1000, 4000 + 1072: 10,324. A grant: 4000 + 138 + 1000 +
// 3048: 8186. 2 KiB: 3000, wire 2096 + 270, 1000, 4000 + 2096: 12,462. Another grant, and the last KiB: 8186
// + 10,324.
TEST(Ethernet, AnIscsiWriteIsAskedForBurstByBurst) {
  TestPath path({net("iscsi", {{"first_burst", "1KiB"}, {"max_burst", "2KiB"}})}, kTarget);
  path.at(0us, {Op::write, 0, kLength}).run();
  EXPECT_EQ(path.seen[0].at, Instant{49'482ns});
  EXPECT_EQ(path.lat(), "157668ns");  // + 100 us + 8186
  EXPECT_EQ(path.stat(0, "grants"), 2);
}

// In frames: ten of 1000 bytes cost the sender 2 + 10, the wire 10 x 1.09, the receiver 3 + 10 + 10 us. The
// wire begins at 1.2, the receiver when the first frame is there, at 1.2 + 1.09 + 1; it is the slowest: 3.29
// + 23.
TEST(Ethernet, HostsAndWireWorkAtTheSameTimeOnALongMessage) {
  TestPath path({net("nbd", {{"offload", "false"}})}, kTarget);
  path.at(0us, {Op::write, 0, 10'000 - 28}).run();
  EXPECT_EQ(path.seen[0].at, Instant{26'290ns});
}

// Each answer's 4562 ns on the wire begin at 112.146 and, behind it, at 116.708; a connection has its own
// processors.
TEST(Ethernet, ConnectionsShareTheWire) {
  TestPath path({net("nbd", {{"connections", "2"}})}, kTarget);
  path.at(0us, {Op::read, 0, kLength}).at(0us, {Op::read, 0, kLength}).run();
  EXPECT_EQ(path.seen[1].at, Instant{8264ns});
  EXPECT_EQ(path.done(0), "124820ns");
  EXPECT_EQ(path.done(1), "129382ns");  // 116.708 + 4.562 + 1 + 7.112
}

TEST(Ethernet, OneConnectionIsOneProcessorAtEachEnd) {
  TestPath path({net("nbd")}, kTarget);
  path.at(0us, {Op::read, 0, kLength}).at(0us, {Op::read, 0, kLength}).run();
  EXPECT_EQ(path.seen[1].at, Instant{12'174ns});  // the target works on the first one until 8.146
}

TEST(Ethernet, WithoutATagARequestWaits) {
  TestPath path({net("nbd", {{"queue_depth", "1"}})}, kTarget);
  path.at(0us, {Op::read, 0, kLength}).at(0us, {Op::read, 0, kLength}).run();
  EXPECT_EQ(path.seen[1].at, Instant{124'820ns + 8146ns});
}

TEST(Ethernet, TheWireCarriesBothWaysAtOnce) {
  TestPath path({net("nbd", {{"connections", "2"}})}, kTarget);
  path.at(0us, {Op::read, 0, kLength}).at(108'000ns, {Op::write, 0, kLength}).run();
  EXPECT_EQ(path.done(0), "124820ns");
  EXPECT_EQ(path.seen[1].at, Instant{108'000ns + 16'698ns});
}

TEST(Ethernet, ASaturatedPathReachesItsBound) {
  for (const std::string protocol : {"iscsi", "nbd", "nvme_tcp"})
    for (const std::string connections : {"1", "16"})  // one: a processor is the limit; many: the wire
      for (const int writes_in_four : {0, 2, 4}) {
        TestPath path({net(protocol, {{"connections", connections},
                                      {"first_burst", protocol == "nbd" ? "0B" : "8KiB"}})},
                      {.service = 0us, .servers = 256});
        constexpr std::uint32_t kLong = 32'768;
        const double rate = saturated(path, 128, 4000, [&](int i) {
          return Io{i % 4 < writes_in_four ? Op::write : Op::read, 0, kLong};
        });
        const double bound =
            path.stages[0]->max_iops({.read_fraction = 1 - writes_in_four / 4.0, .block_size = kLong});
        EXPECT_LE(rate, bound);
        EXPECT_NEAR(rate, bound, 0.03 * bound) << protocol << connections << writes_in_four;
      }
}

TEST(Ethernet, WhatTheProtocolDoesNotHaveIsRefused) {
  const auto build = [](const std::string& key, const std::string& value) {
    TestPath path({net("nbd", {{key, value}})});
  };
  EXPECT_THAT([&] { build("first_burst", "64KiB"); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("NBD sends all data with the request")));
  EXPECT_THAT([&] { build("digests", "true"); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("digests: NBD has none")));
}

}  // namespace
}  // namespace blkpath::test
