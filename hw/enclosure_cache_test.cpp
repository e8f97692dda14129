// The controller's cache: who is answered when, and what reaches the disks.
#include <gmock/gmock.h>

#include <cerrno>

#include "hw/test/shelf.hpp"
#include "model/core/random.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kPage = 4096;

/// An array with a cache of ten pages, of which destaging begins at eight and ends at four, one piece at a
/// time, and not by itself. A command takes 20 us, a disk 1 ms.
struct Array : Shelf {
  Array(const std::string& level, std::size_t count, const Params& more = {}, Bytes size = Luns::kUnlimited)
      : Shelf(level, count, with_more(more), size) {}
  static Params with_more(const Params& more) {
    Params all = more;
    for (const auto& one : Params{{"cache_size", "40KiB"},
                                  {"high_water", "0.8"},
                                  {"low_water", "0.4"},
                                  {"destage_depth", "1"},
                                  {"flush_interval", "0s"},
                                  {"idle_after", "0s"},
                                  {"parity_write", "rmw"}})
      if (std::none_of(more.begin(), more.end(), [&](const auto& m) { return m.first == one.first; }))
        all.push_back(one);
    return all;
  }
  Array& write(Time at, std::int64_t page, std::uint32_t pages = 1, std::uint8_t flags = 0) {
    this->at(at, {Op::write, page * kPage, pages * 4096, 0, flags});
    return *this;
  }
  Array& read(Time at, std::int64_t page, std::uint32_t pages = 1) {
    this->at(at, {Op::read, page * kPage, pages * 4096});
    return *this;
  }
};

// ---- write-back -------------------------------------------------------------------------------------------

TEST(EnclosureCache, AWriteIsAnsweredWhenItIsInTheCache) {
  Array array("raid5", 4);
  array.write(0us, 0).run();
  EXPECT_EQ(array.lat(), "20us");
  EXPECT_THAT(array.seen, IsEmpty());
  EXPECT_EQ(array.stat(0, "unwritten"), kPage);
  EXPECT_EQ(array.stages[0]->at_risk(), Bytes{0});  // there is a battery
}

TEST(EnclosureCache, WithoutABatteryItIsWrittenThrough) {
  for (const std::string battery : {"failed", "none"}) {
    Array array("raid0", 4, {{"battery", battery}});
    array.write(0us, 0).run();
    EXPECT_EQ(array.lat(), "1020us");
    EXPECT_EQ(array.stages[0]->at_risk(), Bytes{0});
  }
  Array forced("raid0", 4, {{"battery", "failed"}, {"write_policy", "always_write_back"}});
  forced.write(0us, 0).run();
  EXPECT_EQ(forced.lat(), "20us");
  EXPECT_EQ(forced.stages[0]->at_risk(), Bytes{kPage});
}

// Pages 0, 2, 4, ... apart. The eighth one reaches the high mark; then four are destaged, one after the
// other, and four stay.
TEST(EnclosureCache, DestagesFromTheHighMarkToTheLowMark) {
  Array array("raid0", 1);
  for (std::int64_t i = 0; i < 7; ++i) array.write(i * 1ms, 2 * i);
  array.write(20ms, 14).run();
  EXPECT_THAT(array.offsets(), ElementsAre(0, 2 * kPage, 4 * kPage, 6 * kPage));
  EXPECT_EQ(array.seen[0].at, Instant{20020us});
  EXPECT_EQ(array.seen[3].at, Instant{23020us});
  EXPECT_EQ(array.stat(0, "unwritten"), 4 * kPage);
  for (const Seen& s : array.seen) EXPECT_NE(s.flags & Request::kBackground, 0);
}

// Ten pages are dirty at 200 us (the first destaging runs from 160 us on and ends at 1160 us). The eleventh
// write waits for it, and the twelfth for the next one.
TEST(EnclosureCache, AFullCacheMakesWritesWait) {
  Array array("raid0", 1);
  for (std::int64_t i = 0; i < 12; ++i) array.write(0us, 2 * i);
  array.run();
  EXPECT_EQ(array.lat(9), "200us");
  EXPECT_EQ(array.lat(10), "1160us");
  EXPECT_EQ(array.lat(11), "2160us");
  EXPECT_EQ(array.io(10).times[2],
            200'000 + 940'000);  // queued: for the controller, and for room from 220 us
  EXPECT_EQ(array.stat(0, "full_waits"), 2);
}

TEST(EnclosureCache, OnlyItsShareForWritesMayBeDirty) {
  Array array("raid0", 1, {{"write_share", "0.2"}});  // two pages
  for (std::int64_t i = 0; i < 3; ++i) array.write(0us, 2 * i);
  array.run();
  EXPECT_EQ(array.lat(1), "40us");
  EXPECT_EQ(array.lat(2), "1040us");
}

TEST(EnclosureCache, WhatIsLongerThanTheCacheGoesToTheDisks) {
  Array array("raid0", 1);
  array.write(0us, 0, 2).write(1ms, 0, 11).run();
  EXPECT_EQ(array.lat(1), "1020us");
  EXPECT_EQ(array.stat(0, "unwritten"), 0);  // what was dirty went with it
}

TEST(EnclosureCache, WhatIsWrittenTwiceIsDestagedOnce) {
  Array array("raid0", 1, {{"idle_after", "10ms"}});
  array.write(0us, 0).write(1ms, 0).run();
  EXPECT_THAT(array.offsets(), ElementsAre(0));
  EXPECT_EQ(array.stat(0, "write_hits"), 50);
}

// RAID 5 of three, chunks of two pages: a stripe is four pages. Sequential writes of one page meet in it, and
// nothing has to be read.
TEST(EnclosureCache, SequentialWritesBecomeFullStripes) {
  for (const std::string order : {"fifo", "lru", "elevator"}) {
    Array array("raid5", 3, {{"chunk", "8KiB"}, {"idle_after", "10ms"}, {"destage", order}});
    for (std::int64_t i = 0; i < 64; ++i) array.write(i * 2ms, i);
    array.run();
    EXPECT_EQ(array.stat(0, "destages"), 16) << order;
    EXPECT_EQ(array.stat(0, "destaged"), 64 * kPage);
    EXPECT_EQ(array.stat(0, "full_stripe"), 100);
    for (const Seen& s : array.seen) EXPECT_EQ(s.op, Op::write);
  }
}

TEST(EnclosureCache, DestagesAfterAWhileWithoutCommands) {
  Array array("raid0", 1, {{"idle_after", "10ms"}});
  array.write(0us, 0).read(5ms, 100).run();
  ASSERT_EQ(array.seen.size(), 2u);
  EXPECT_EQ(array.seen[1].at, Instant{15020us});  // 10 ms after the controller took the read
}

// From the first write on, each 50 ms; both later writes wait for the second one.
TEST(EnclosureCache, DestagesAtAnInterval) {
  Array array("raid0", 1, {{"flush_interval", "50ms"}});
  array.write(0us, 0).write(60ms, 8).write(70ms, 4).run();
  ASSERT_EQ(array.seen.size(), 3u);
  EXPECT_EQ(array.seen[0].at, Instant{50020us});
  EXPECT_EQ(array.seen[1].at, Instant{100020us});
  EXPECT_EQ(array.seen[2].at, Instant{101020us});
}

TEST(EnclosureCache, ManyPiecesAreDestagedAtOnce) {
  Array array("raid0", 2, {{"destage_depth", "4"}, {"chunk", "4KiB"}, {"idle_after", "10ms"}});
  for (std::int64_t i = 0; i < 4; ++i) array.write(0us, 4 * i + i % 2);
  array.run();  // two for each disk, from 10,080 us on
  EXPECT_EQ(array.seen[3].at, array.seen[0].at);
  EXPECT_EQ(array.device[0]->deepest, 2);
}

// ---- flush and FUA ----------------------------------------------------------------------------------------

TEST(EnclosureCache, FlushAndFuaAreAnsweredAtOnceBecauseOfTheBattery) {
  Array array("raid0", 2);
  array.write(0us, 0).at(1ms, {Op::flush, 0, 0});
  array.write(2ms, 1, 1, Request::kFua).run();
  EXPECT_EQ(array.lat(1), "20us");
  EXPECT_EQ(array.lat(2), "20us");
  EXPECT_THAT(array.seen, IsEmpty());
}

// The flush destages two pieces, 1 ms each, and then flushes the disk. A write that comes meanwhile waits.
TEST(EnclosureCache, AFlushThatIsHonouredWaitsForTheDisks) {
  Array array("raid0", 1, {{"honour_flush", "on"}});
  array.write(0us, 0).write(0us, 8).at(1ms, {Op::flush, 0, 0});
  array.write(2ms, 16).write(10ms, 24, 1, Request::kFua).run();
  EXPECT_EQ(array.lat(2), "3020us");
  EXPECT_EQ(array.seen[2].op, Op::flush);
  EXPECT_EQ(array.done(3), "3020us");  // when all is on its way
  EXPECT_EQ(array.lat(4), "1020us");
}

TEST(EnclosureCache, WrittenThroughAFlushGoesToTheDisks) {
  Array array("raid0", 2, {{"write_policy", "write_through"}});
  array.at(0us, {Op::flush, 0, 0}).run();
  EXPECT_THAT(disks(array), ElementsAre(0, 1));
}

// ---- reading ----------------------------------------------------------------------------------------------

TEST(EnclosureCache, WhatWasReadOrWrittenIsAHit) {
  Array array("raid0", 2);
  array.read(0us, 0, 2).write(2ms, 5).read(3ms, 1).read(4ms, 5).read(5ms, 5, 2).run();
  EXPECT_EQ(array.lat(0), "1020us");
  EXPECT_EQ(array.lat(2), "20us");
  EXPECT_EQ(array.lat(3), "20us");
  EXPECT_EQ(array.lat(4), "1020us");  // page 6 is not here
  EXPECT_THAT(array.offsets(), ElementsAre(0, 6 * kPage));
  EXPECT_EQ(array.stat(0, "read_hits"), 50);  // of six pages, three
}

TEST(EnclosureCache, WithoutAReadCacheOnlyWrittenPagesAreHits) {
  Array array("raid0", 2, {{"read_cache", "off"}});
  array.write(0us, 5).at(1ms, {Op::read, 512, 512}).at(3ms, {Op::read, 512, 512});
  array.read(5ms, 5).run();
  EXPECT_THAT(disk_ios(array), ElementsAre(DiskIo{0, Op::read, 512, 512}, DiskIo{0, Op::read, 512, 512}));
  EXPECT_EQ(array.lat(3), "20us");
}

// The second one comes while the first one reads: its page 1 is on its way, its page 2 is not.
TEST(EnclosureCache, AReadWaitsForAPageThatAnotherOneReads) {
  Array array("raid0", 1);
  array.read(0us, 0, 2).read(500us, 1).read(500us, 1, 2).run();
  EXPECT_THAT(array.offsets(), ElementsAre(0, 2 * kPage));
  EXPECT_EQ(array.done(1), "1020us");
  EXPECT_EQ(array.done(2), "2020us");
}

TEST(EnclosureCache, AReadErrorIsTheErrorOfAllWhoWaitForThePage) {
  Array array("raid0", 1);
  array.device[0]->error = 5;
  array.read(0us, 0).read(500us, 0).read(5ms, 0).run();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(array.io(i).error, 5);
  EXPECT_THAT(array.offsets(), ElementsAre(0, 0));  // what could not be read is not kept
  EXPECT_EQ(array.stat(0, "read_hits"), 0);
}

// Pages 0 and 1, one after the other; then four pages are read ahead in one piece, and are hits.
TEST(EnclosureCache, ReadsAheadOfASequentialReader) {
  Array array("raid0", 1, {{"read_ahead", "16KiB"}});
  for (std::int64_t i = 0; i < 6; ++i) array.read(i * 5ms, i);
  array.run();
  EXPECT_THAT(disk_ios(array), ElementsAre(DiskIo{0, Op::read, 0, kPage}, DiskIo{0, Op::read, kPage, kPage},
                                           DiskIo{0, Op::read, 2 * kPage, 4 * kPage},
                                           DiskIo{0, Op::read, 6 * kPage, 2 * kPage},
                                           DiskIo{0, Op::read, 8 * kPage, 2 * kPage}));
  EXPECT_EQ(array.lat(2), "20us");
  EXPECT_EQ(array.stat(0, "read_ahead"), 8);
}

// ---- all together -----------------------------------------------------------------------------------------

// Random reads and writes of all lengths over few pages, while a disk fails and is copied to a spare:
// whatever waits for room, for pages, for stripes or for the rebuild, all come back, and all that was written
// is on the disks once it is idle.
TEST(EnclosureCache, LosesNothing) {
  for (const std::string level : {"raid0", "raid1", "raid10", "raid5", "raid6"})
    for (const std::string order : {"fifo", "lru", "elevator"}) {
      const bool redundant = level != "raid0";
      Array array(level, redundant ? 7 : 6,
                  {{"chunk", "8KiB"},
                   {"cache_size", "256KiB"},
                   {"destage_depth", "5"},
                   {"destage", order},
                   {"idle_after", "20ms"},
                   {"read_ahead", "32KiB"},
                   {"failures", redundant ? "[[2, 300ms]]" : "[]"},
                   {"hot_spares", redundant ? "1" : "0"},
                   {"rebuild_chunk", "16KiB"}},
                  2_MiB);
      Random random(7, level + order);
      array.probe->loop(16, 1500, [&](int) {
        return Io{random.below(3) != 0 ? Op::write : Op::read,
                  static_cast<std::int64_t>(random.below(2000)) * 512,
                  static_cast<std::uint32_t>((1 + random.below(60)) * 512)};
      });
      array.run();
      EXPECT_EQ(array.order().size(), 1500u);
      EXPECT_EQ(array.stat(0, "unwritten"), 0) << level << order;
      EXPECT_EQ(array.stat(0, "rebuild"), redundant ? 100 : -1) << level << order;
      for (const Probe::Record& r : array.probe->records) EXPECT_EQ(r.error, 0);
    }
}

TEST(EnclosureCache, ACacheOfAnOfflineSetAnswersNothing) {
  Array array("raid0", 2, {{"failures", "[[0, 1ms]]"}});
  array.write(0us, 0).write(2ms, 1).read(3ms, 0).run();
  EXPECT_EQ(array.io(0).error, 0);
  EXPECT_EQ(array.io(1).error, EIO);
  EXPECT_EQ(array.io(2).error, EIO);
}

TEST(EnclosureCache, RefusesWhatCannotBe) {
  const auto error = [](const std::string& level, const Params& params) -> std::string {
    try {
      Array(level, 2, params);
    } catch (const std::exception& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_THAT(error("jbod", {}), HasSubstr("a JBOD has no controller"));
  EXPECT_THAT(error("raid0", {{"cache_page", "3KiB"}}), HasSubstr("a power of two"));
  EXPECT_THAT(error("raid0", {{"cache_size", "2KiB"}}), HasSubstr("from one page on"));
  EXPECT_THAT(error("raid0", {{"low_water", "0.9"}}), HasSubstr("low_water <= high_water"));
  EXPECT_THAT(error("raid0", {{"read_ahead", "1MiB"}}), HasSubstr("half of cache_size"));
  EXPECT_THAT(error("raid0", {{"write_share", "0"}}), HasSubstr("above 0"));
  EXPECT_THAT(error("raid0", {{"destage_depth", "0"}}), HasSubstr("1 to 1024"));
  EXPECT_THAT(error("raid0", {{"battery", "empty"}}), HasSubstr("ok, failed, none"));
}

}  // namespace
}  // namespace blkpath::test
