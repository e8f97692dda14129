#include "hw/array_cache.hpp"

#include <gmock/gmock.h>

#include <set>

#include "hw/array_read_ahead.hpp"
#include "model/core/random.hpp"

namespace blkpath::test {
namespace {

using testing::ElementsAre;
using Look = ArrayCache::Look;

constexpr std::int64_t kPage = 4096, kStripe = 16 * kPage;

ArrayCache cache_of(std::int64_t pages, DestageOrder order = DestageOrder::fifo) {
  return ArrayCache({Bytes{pages * kPage}, Bytes{kPage}, kStripe, order});
}
ByteRange pages(std::int64_t first, std::int64_t end) { return {first * kPage, end * kPage}; }
ByteRange bytes(std::int64_t begin, std::int64_t length) { return {begin, begin + length}; }
void read(ArrayCache& cache, std::int64_t page) {
  ASSERT_TRUE(cache.begin_fill(page, Slot{1}));
  cache.end_fill(page, true);
}
std::vector<ByteRange> destage_all(ArrayCache& cache) {
  std::vector<ByteRange> all;
  while (cache.dirty() > 0) {
    all.push_back(cache.take_dirty());
    cache.written(all.back());
  }
  return all;
}

TEST(ArrayCache, EvictsTheLeastRecentlyUsedPage) {
  ArrayCache cache = cache_of(3);
  for (const std::int64_t page : {10, 11, 12}) read(cache, page);
  EXPECT_EQ(cache.look(10, pages(10, 11)), Look::here);
  read(cache, 13);
  EXPECT_EQ(cache.look(11, pages(11, 12)), Look::absent);
  EXPECT_EQ(cache.look(10, pages(10, 11)), Look::here);
  EXPECT_EQ(cache.look(12, pages(12, 13)), Look::here);
}

TEST(ArrayCache, APageThatIsBeingReadIsFillingAndStays) {
  ArrayCache cache = cache_of(1);
  EXPECT_TRUE(cache.begin_fill(5, Slot{77}));
  EXPECT_EQ(cache.look(5, pages(5, 6)), Look::filling);
  EXPECT_EQ(cache.filler(5), Slot{77});
  EXPECT_FALSE(cache.begin_fill(6, Slot{78}));  // no other can be evicted
  cache.end_fill(5, false);                     // an error
  EXPECT_FALSE(cache.knows(5));
  EXPECT_TRUE(cache.begin_fill(6, Slot{78}));
}

TEST(ArrayCache, DirtyPagesAreNotEvicted) {
  ArrayCache cache = cache_of(2);
  EXPECT_TRUE(cache.room(pages(0, 2), 2));
  EXPECT_EQ(cache.write(pages(0, 2)), 0);
  EXPECT_FALSE(cache.begin_fill(5, Slot{1}));
  EXPECT_FALSE(cache.room(pages(2, 3), 2));
  EXPECT_TRUE(cache.room(pages(1, 2), 2));  // it is dirty already
  EXPECT_EQ(cache.write(pages(1, 2)), 1);
  const ByteRange piece = cache.take_dirty();
  EXPECT_FALSE(cache.room(pages(2, 3), 2));  // not on the disks yet
  cache.written(piece);
  EXPECT_TRUE(cache.room(pages(2, 3), 2));
  EXPECT_EQ(cache.look(0, pages(0, 1)), Look::here);
}

TEST(ArrayCache, ALimitHoldsForWhatIsNotOnTheDisks) {
  ArrayCache cache = cache_of(10);
  cache.write(pages(0, 3));
  EXPECT_TRUE(cache.room(pages(3, 4), 4));
  EXPECT_FALSE(cache.room(pages(3, 5), 4));
}

TEST(ArrayCache, WhatIsWrittenDuringItsDestagingIsDirtyAgain) {
  ArrayCache cache = cache_of(4);
  cache.write(pages(0, 1));
  const ByteRange piece = cache.take_dirty();
  EXPECT_EQ(cache.write(pages(0, 1)), 1);
  EXPECT_EQ(cache.dirty(), 0);  // but not twice at the same time
  cache.written(piece);
  EXPECT_EQ(cache.dirty(), 1);
  EXPECT_EQ(cache.unwritten(), 1);
  EXPECT_THAT(destage_all(cache), ElementsAre(pages(0, 1)));
  EXPECT_EQ(cache.unwritten(), 0);
}

TEST(ArrayCache, AdjacentDirtyPagesOfAStripeAreOnePiece) {
  ArrayCache cache = cache_of(64);
  for (const std::int64_t page : {17, 15, 14, 16, 20, 31, 32}) cache.write(pages(page, page + 1));
  EXPECT_THAT(destage_all(cache),  // stripes are the pages 0 to 15, 16 to 31, 32 to 47
              ElementsAre(pages(16, 18), pages(14, 16), pages(20, 21), pages(31, 32), pages(32, 33)));
}

// 512 bytes of page 1, the end of page 2, all of page 3, the beginning of page 4.
TEST(ArrayCache, DirtyIsBySector) {
  ArrayCache cache = cache_of(8);
  cache.write(bytes(kPage + 1024, 512));
  cache.write(bytes(3 * kPage - 1024, 1024 + kPage + 512));
  EXPECT_EQ(cache.dirty(), 4);
  EXPECT_THAT(destage_all(cache),
              ElementsAre(bytes(kPage + 1024, 512), bytes(3 * kPage - 1024, 1536 + kPage)));
  EXPECT_EQ(cache.look(1, bytes(kPage + 1024, 512)), Look::here);
  EXPECT_EQ(cache.look(1, bytes(kPage + 512, 1024)), Look::absent);
}

TEST(ArrayCache, TwoRunsOfAPageAreTwoPieces) {
  ArrayCache cache = cache_of(8);
  cache.write(bytes(0, 512));
  cache.write(bytes(2048, 512));
  EXPECT_THAT(destage_all(cache), ElementsAre(bytes(0, 512), bytes(2048, 512)));
}

TEST(ArrayCache, DestagesByFirstWriteByLastWriteOrByAddress) {
  const auto order = [](DestageOrder o) {
    ArrayCache cache = cache_of(16, o);
    for (const std::int64_t page : {8, 2, 5}) cache.write(pages(page, page + 1));
    cache.written(cache.take_dirty());  // 8, or 2
    for (const std::int64_t page : {2, 0}) cache.write(pages(page, page + 1));
    std::vector<std::int64_t> all;
    for (const ByteRange& piece : destage_all(cache)) all.push_back(piece.begin / kPage);
    return all;
  };
  EXPECT_THAT(order(DestageOrder::fifo), ElementsAre(2, 5, 0));
  EXPECT_THAT(order(DestageOrder::lru), ElementsAre(5, 2, 0));
  EXPECT_THAT(order(DestageOrder::elevator), ElementsAre(5, 8, 0, 2));  // from 3 on, and round
}

TEST(ArrayCache, WhatGoesAnotherWayNeedNotBeDestaged) {
  ArrayCache cache = cache_of(8);
  cache.write(pages(0, 2));
  cache.supersede(pages(0, 1));
  EXPECT_EQ(cache.unwritten(), 1);
  EXPECT_THAT(destage_all(cache), ElementsAre(pages(1, 2)));
  EXPECT_EQ(cache.look(0, pages(0, 1)), Look::here);
}

TEST(ArrayCache, APageThatIsWrittenWhileItFillsIsDirtyWhenItIsFull) {
  ArrayCache cache = cache_of(8);
  cache.begin_fill(3, Slot{9});
  cache.write(bytes(3 * kPage, 512));
  EXPECT_EQ(cache.unwritten(), 1);
  EXPECT_EQ(cache.dirty(), 0);
  cache.end_fill(3, true);
  EXPECT_EQ(cache.dirty(), 1);
  EXPECT_EQ(cache.look(3, pages(3, 4)), Look::here);
}

// What is dirty is known by a set of sectors, too; whatever is done, the two must agree, and all is destaged
// once.
TEST(ArrayCache, DestagesExactlyWhatWasWritten) {
  for (const DestageOrder order : {DestageOrder::fifo, DestageOrder::lru, DestageOrder::elevator}) {
    ArrayCache cache = cache_of(64, order);
    Random random(1, "cache");
    std::set<std::int64_t> dirty;  // sectors
    std::vector<ByteRange> on_their_way;
    const auto destage = [&] {
      const ByteRange piece = cache.take_dirty();
      EXPECT_EQ(piece.begin / kStripe, (piece.end - 1) / kStripe);
      for (std::int64_t at = piece.begin; at < piece.end; at += 512) EXPECT_EQ(dirty.erase(at / 512), 1u);
      on_their_way.push_back(piece);
    };
    for (int i = 0; i < 5000; ++i) {
      const auto first = static_cast<std::int64_t>(random.below(2000)) * 512;
      const ByteRange r{first, first + static_cast<std::int64_t>(1 + random.below(40)) * 512};
      while (!cache.room(r, 40)) {
        if (cache.dirty() > 0) destage();
        if (on_their_way.size() > 2 || cache.dirty() == 0) {
          cache.written(on_their_way.front());
          on_their_way.erase(on_their_way.begin());
        }
      }
      cache.write(r);
      for (std::int64_t at = r.begin; at < r.end; at += 512) dirty.insert(at / 512);
      ASSERT_LE(cache.unwritten(), 40);
    }
    while (!on_their_way.empty() || cache.dirty() > 0) {
      if (cache.dirty() > 0) destage();
      cache.written(on_their_way.front());
      on_their_way.erase(on_their_way.begin());
    }
    EXPECT_TRUE(dirty.empty());
    EXPECT_EQ(cache.unwritten(), 0);
  }
}

// ---- read-ahead -------------------------------------------------------------------------------------------

// The second read in a row shows a sequential reader; a window of 8 pages is refilled when half of it is
// used.
TEST(ArrayReadAhead, KeepsAWindowAheadOfASequentialReader) {
  ArrayReadAhead ahead(Bytes{8 * kPage});
  EXPECT_TRUE(ahead.after(pages(10, 11)).empty());
  EXPECT_EQ(ahead.after(pages(11, 12)), pages(12, 20));
  for (std::int64_t p = 12; p < 15; ++p) EXPECT_TRUE(ahead.after(pages(p, p + 1)).empty()) << p;
  EXPECT_EQ(ahead.after(pages(15, 16)), pages(20, 24));
}

TEST(ArrayReadAhead, TellsReadersApart) {
  ArrayReadAhead ahead(Bytes{8 * kPage});
  for (std::int64_t reader = 0; reader < 16; ++reader)
    EXPECT_TRUE(ahead.after(pages(1000 * reader, 1000 * reader + 1)).empty());
  for (std::int64_t reader = 0; reader < 16; ++reader)
    EXPECT_FALSE(ahead.after(pages(1000 * reader + 1, 1000 * reader + 2)).empty()) << reader;
  EXPECT_TRUE(ahead.after(pages(500, 501)).empty());  // takes the place of the first one
  EXPECT_TRUE(ahead.after(pages(2, 3)).empty());
}

}  // namespace
}  // namespace blkpath::test
