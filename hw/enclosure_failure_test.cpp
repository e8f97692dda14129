// Degraded sets, disks that answer with errors, rebuilds.
#include <gmock/gmock.h>

#include <cerrno>

#include "hw/test/shelf.hpp"
#include "model/core/random.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A set of disks that hold four chunks; the controller takes no time.
struct Set : Shelf {
  Set(const std::string& level, std::size_t count, const Params& more)
      : Shelf(level, count, with_more(more), Bytes{4 * kChunk}) {}
  static Params with_more(const Params& more) {
    Params all{{"command_cost", "0us"}, {"rebuild_chunk", "64KiB"}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  std::vector<std::size_t> disks(Op op) const {
    std::vector<std::size_t> all;
    for (const Seen& s : seen)
      if (s.op == op) all.push_back(s.device);
    return all;
  }
};

// RAID 5 of four, stripe 0: data on 0, 1, 2, P on 3.
TEST(EnclosureFailure, AReadOfAMissingDiskReadsTheOthers) {
  Set set("raid5", 4, {{"failures", "[[1, 0s]]"}});
  set.at(0us, {Op::read, kChunk, 4096}).at(5ms, {Op::read, 0, 4096}).run();
  EXPECT_THAT(set.disks(Op::read), ElementsAre(0, 2, 3, 0));
  EXPECT_EQ(set.io(0).error, 0);
  EXPECT_EQ(set.lat(0), "1ms");
}

TEST(EnclosureFailure, AWriteToAMissingDiskGoesIntoParity) {
  Set set("raid5", 4, {{"failures", "[[1, 0s]]"}});
  set.at(0us, {Op::write, kChunk, 4096}).run();
  EXPECT_THAT(set.disks(Op::read), ElementsAre(0, 2));
  EXPECT_THAT(set.disks(Op::write), ElementsAre(3));
  EXPECT_EQ(set.lat(0), "2ms");
}

// One ns before it fails it still answers.
TEST(EnclosureFailure, ADiskFailsAtItsTime) {
  Set set("raid5", 4, {{"failures", "[[1, 10ms]]"}});
  set.at(9999999ns, {Op::read, kChunk, 4096}).at(10ms, {Op::read, kChunk, 4096}).run();
  EXPECT_THAT(set.disks(Op::read), ElementsAre(1, 0, 2, 3));
}

TEST(EnclosureFailure, MoreFailuresThanTheLevelBearsAreErrors) {
  for (const auto& [level, failures, survives] : std::vector<std::tuple<std::string, std::string, bool>>{
           {"raid0", "[[3, 0s]]", false},
           {"raid1", "[[0, 0s], [1, 0s], [2, 0s]]", true},
           {"raid10", "[[0, 0s], [2, 0s]]", true},
           {"raid10", "[[2, 0s], [3, 0s]]", false},
           {"raid5", "[[0, 0s], [1, 0s]]", false},
           {"raid6", "[[0, 0s], [1, 0s]]", true},
           {"raid6", "[[0, 0s], [1, 0s], [2, 0s]]", false}}) {
    Set set(level, 4, {{"failures", failures}});
    set.at(0us, {Op::read, 0, 4096}).at(10ms, {Op::write, 0, 4096}).at(20ms, {Op::flush, 0, 0}).run();
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(set.io(i).error, survives ? 0 : EIO) << level << failures;
    EXPECT_EQ(set.seen.empty(), !survives);
  }
}

TEST(EnclosureFailure, OfAJbodOneLunIsGone) {
  Set set("jbod", 4, {{"failures", "[[2, 1ms]]"}});
  set.at(0us, {Op::read, 0, 512, 2}).at(1ms, {Op::read, 0, 512, 2}).at(1ms, {Op::read, 0, 512, 1}).run();
  EXPECT_EQ(set.io(0).error, 0);
  EXPECT_EQ(set.io(1).error, EIO);
  EXPECT_EQ(set.lat(1), "0ns");
  EXPECT_EQ(set.io(2).error, 0);
}

// The second disk fails while the write has read and not yet written: at 0.5 ms.
TEST(EnclosureFailure, AWriteThatTheSetFailsUnderIsAnError) {
  Set set("raid5", 4, {{"failures", "[[0, 0s], [1, 500us]]"}});
  set.at(0us, {Op::write, 2 * kChunk, 4096}).at(0us, {Op::write, 2 * kChunk, 4096}).run();
  EXPECT_EQ(set.io(0).error, EIO);
  EXPECT_EQ(set.io(1).error, EIO);  // it waited for the stripe
  EXPECT_THAT(set.disks(Op::write), ElementsAre());
}

// ---- errors -----------------------------------------------------------------------------------------------

TEST(EnclosureFailure, AReadThatADiskCannotAnswerIsReadFromTheOthers) {
  for (const auto& [level, others] : std::vector<std::pair<std::string, std::vector<std::size_t>>>{
           {"raid1", {0, 1}}, {"raid10", {0, 1}}, {"raid5", {0, 1, 2, 3}}, {"raid6", {1, 0, 2}}}) {
    Set set(level, 4, {});
    set.device[others[0]]->error = EIO;
    set.at(0us, {Op::read, 0, 4096}).run();
    EXPECT_EQ(set.io(0).error, 0) << level;
    EXPECT_EQ(set.lat(), "2ms");
    EXPECT_EQ(set.disks(Op::read), others) << level;
    EXPECT_EQ(set.stat(0, "disk_errors"), 1);
    EXPECT_EQ(set.stat(0, "read_again"), 1);
  }
}

// RAID 6 of five, stripe 0: data on 1, 2, 3, P on 4, Q on 0. Disk 1 and then disk 0 do not answer: what is
// left are 2, 3 and 4.
TEST(EnclosureFailure, Raid6BearsTwoErrors) {
  Set set("raid6", 5, {});
  set.device[0]->error = set.device[1]->error = EIO;
  set.at(0us, {Op::read, 0, 4096}).run();
  EXPECT_EQ(set.io(0).error, 0);
  EXPECT_THAT(set.disks(Op::read), ElementsAre(1, 0, 2, 3, 2, 3, 4));
  Set three("raid6", 5, {});
  three.device[0]->error = three.device[1]->error = three.device[2]->error = EIO;
  three.at(0us, {Op::read, 0, 4096}).run();
  EXPECT_EQ(three.io(0).error, EIO);
}

TEST(EnclosureFailure, AnErrorOfADegradedRaid5CannotBeMadeGood) {
  Set set("raid5", 4, {{"failures", "[[1, 0s]]"}});
  set.device[0]->error = EIO;
  set.at(0us, {Op::read, 0, 4096}).run();
  EXPECT_EQ(set.io(0).error, EIO);
  EXPECT_EQ(set.stat(0, "read_again"), 0);
}

TEST(EnclosureFailure, TheOldDataOfAWriteAreReadAgain) {
  Set set("raid5", 4, {{"parity_write", "rmw"}});
  set.device[0]->error = EIO;
  set.at(0us, {Op::write, 0, 4096}).run();
  EXPECT_THAT(set.disks(Op::read), ElementsAre(0, 3, 1, 2, 3));
  EXPECT_THAT(set.disks(Op::write), ElementsAre(0, 3));
  EXPECT_EQ(set.io(0).error, EIO);  // of the write itself
}

// ---- rebuild ----------------------------------------------------------------------------------------------

// Four pieces: each is read in 1 ms, and written in the next, in which the next piece is read.
TEST(EnclosureFailure, ARebuildReadsOnePieceWhileItWritesAnother) {
  Set set("raid5", 4, {{"failures", "[[0, 0s]]"}, {"hot_spares", "1"}});
  set.run();
  EXPECT_DOUBLE_EQ(set.stat(0, "rebuilt_at"), 0.005);
  EXPECT_EQ(set.stat(0, "rebuild"), 100);
  EXPECT_THAT(set.disks(Op::write), ElementsAre(3, 3, 3, 3));
  EXPECT_THAT(set.disks(Op::read), ElementsAre(1, 2, 1, 2, 1, 2, 1, 2));
  for (const Seen& s : set.seen) EXPECT_NE(s.flags & Request::kBackground, 0);
}

// At most a piece in 10 ms: the last one begins 30 ms after the failure and takes 2 ms.
TEST(EnclosureFailure, ARebuildKeepsToItsRate) {
  Set set("raid5", 4, {{"failures", "[[2, 5ms]]"}, {"hot_spares", "1"}, {"rebuild_rate", "6553600B/s"}});
  set.at(16ms, {Op::flush, 0, 0});  // pieces at 5 and 15 ms
  set.sim.run_until(Instant{18ms});
  EXPECT_EQ(set.stat(0, "rebuild"), 50);
  EXPECT_DOUBLE_EQ(set.stat(0, "rebuild_left"), 0.013);  // 13 ms for the first half
  set.run();
  EXPECT_DOUBLE_EQ(set.stat(0, "rebuilt_at"), 0.037);
}

// Disk 0 holds column 0 of the stripes 0 and 1, P of 2 (RAID 5 of three: P on 2, 1, 0, 2). The first piece is
// copied by 2 ms, and the next one begins at 10 ms.
TEST(EnclosureFailure, BelowTheFrontierTheSpareServes) {
  Set set("raid5", 4, {{"failures", "[[0, 0s]]"}, {"hot_spares", "1"}, {"rebuild_rate", "6553600B/s"}});
  set.at(5ms, {Op::read, 0, 4096}).at(7ms, {Op::read, 3 * kChunk, 4096}).at(30ms, {Op::write, 0, 4096});
  set.sim.run_until(Instant{9ms});
  ASSERT_EQ(set.seen.size(), 6u);
  EXPECT_EQ(set.seen[3].device, 3u);  // stripe 0: copied
  EXPECT_EQ(set.seen[4].device, 2u);  // stripe 1: from the others
  EXPECT_EQ(set.seen[5].device, 1u);
  set.run();
  EXPECT_EQ(set.io(2).error, 0);
}

// The third piece is read from 20 to 21 ms and written until 22 ms: a write to stripe 2 waits for it; one to
// stripe 3 does not.
TEST(EnclosureFailure, AWriteWaitsForThePieceThatIsCopied) {
  for (const std::string level : {"raid1", "raid5"}) {
    Set set(level, level == "raid1" ? 3 : 4,
            {{"failures", "[[0, 0s]]"}, {"hot_spares", "1"}, {"rebuild_rate", "6553600B/s"}});
    const std::int64_t stripe = level == "raid1" ? kChunk : 2 * kChunk;
    set.at(20500us, {Op::write, 2 * stripe, 4096}).at(20500us, {Op::write, 3 * stripe, 4096}).run();
    EXPECT_EQ(set.io(0).times[2], 1'500'000) << level;  // queued at the shelf
    EXPECT_EQ(set.io(1).times[2], 0) << level;
  }
}

// Between two pieces nothing is copied: a write across the frontier does not wait. The second piece is copied
// from 10 to 12 ms.
TEST(EnclosureFailure, AWriteAcrossTheFrontierDoesNotWaitBetweenPieces) {
  Set set("raid1", 3, {{"failures", "[[0, 0s]]"}, {"hot_spares", "1"}, {"rebuild_rate", "6553600B/s"}});
  set.at(13ms, {Op::write, kChunk, 2 * 65536}).run();
  EXPECT_EQ(set.lat(), "1ms");
}

TEST(EnclosureFailure, OneMemberIsRebuiltAfterTheOther) {
  Set set("raid6", 7, {{"failures", "[[1, 0s], [3, 0s]]"}, {"hot_spares", "2"}});
  set.run();
  EXPECT_DOUBLE_EQ(set.stat(0, "rebuilt_at"), 0.010);
  EXPECT_THAT(set.disks(Op::write), ElementsAre(5, 5, 5, 5, 6, 6, 6, 6));
  // Three of the three that are left, then three of four.
  const std::vector<std::size_t> reads = set.disks(Op::read);
  EXPECT_EQ(reads.size(), 24u);
  EXPECT_EQ(std::count(reads.begin(), reads.end(), 3u), 0);
}

TEST(EnclosureFailure, AMirrorIsRebuiltFromItsTwin) {
  Set set("raid10", 5, {{"failures", "[[3, 0s]]"}, {"hot_spares", "1"}});
  set.at(10ms, {Op::write, kChunk, 4096}).run();
  EXPECT_THAT(set.disks(Op::read), ElementsAre(2, 2, 2, 2));
  EXPECT_THAT(set.disks(Op::write), ElementsAre(4, 4, 4, 4, 2, 4));
}

TEST(EnclosureFailure, ARebuildEndsWhenASecondDiskFails) {
  Set set("raid5", 4, {{"failures", "[[0, 0s], [1, 1500us]]"}, {"hot_spares", "1"}});
  set.at(5ms, {Op::read, 0, 4096}).run();
  EXPECT_EQ(set.io(0).error, EIO);
  EXPECT_EQ(set.stat(0, "rebuild"), 50);  // the second piece was on its way
  EXPECT_EQ(set.stat(0, "rebuilt_at"), 0);
}

// Under load, and with a disk that does not answer reads: no request is lost or fails, whatever waits for
// what.
TEST(EnclosureFailure, RequestsGoOnDuringARebuild) {
  for (const std::string level : {"raid1", "raid10", "raid6"}) {
    Set set(level, 7, {{"failures", "[[1, 50ms]]"}, {"hot_spares", "1"}, {"rebuild_rate", "1MB/s"}});
    Random random(5, level);
    set.probe->loop(16, 1500, [&](int i) {
      if (i == 250) set.device[level == "raid6" ? 3 : 4]->error = EIO;
      if (i == 400) set.device[level == "raid6" ? 3 : 4]->error = 0;
      const bool write = i > 450 && random.below(2) != 0;  // an error of a write would be its own
      return Io{write ? Op::write : Op::read,
                static_cast<std::int64_t>(random.below(level == "raid1" ? 384 : 1300)) * 512,
                static_cast<std::uint32_t>((1 + random.below(100)) * 512)};
    });
    set.run();
    for (const Probe::Record& r : set.probe->records) EXPECT_EQ(r.error, 0) << level;
    EXPECT_EQ(set.order().size(), 1500u);
    EXPECT_EQ(set.stat(0, "rebuild"), 100);
    EXPECT_GT(set.stat(0, "read_again"), 0);
    EXPECT_EQ(set.stat(0, "read_again"), set.stat(0, "disk_errors"));
  }
}

TEST(EnclosureFailure, RefusesWhatCannotFail) {
  const auto error = [](const std::string& level, const Params& params) -> std::string {
    try {
      Set(level, 4, params);
    } catch (const std::exception& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(error("raid5", {{"failures", "[[4, 0s]]"}}),
              HasSubstr("disk 4 fails, but the set's disks are 0 to 3"));
  EXPECT_THAT(error("jbod", {{"failures", "[[4, 0s]]"}}), HasSubstr("0 to 3"));
  EXPECT_THAT(error("raid5", {{"failures", "[[3, 0s]]"}, {"hot_spares", "1"}}), HasSubstr("0 to 2"));
  EXPECT_THAT(error("raid5", {{"failures", "[[1, 0s], [1, 5s]]"}}), HasSubstr("named twice"));
  EXPECT_THAT(error("raid5", {{"failures", "[[-1, 0s]]"}}), HasSubstr("disks from 0 on"));
  EXPECT_THAT(error("raid5", {{"failures", "[3]"}}), HasSubstr("[3, 10s]"));
  EXPECT_THAT(error("raid0", {{"hot_spares", "1"}}), HasSubstr("survives a failure"));
}

}  // namespace
}  // namespace blkpath::test
