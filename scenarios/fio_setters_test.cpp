// What each option means, alone and beside others.
// Expected values without another source were read off fio 3.33 (--parse-only, --showcmd, JSON, header
// lines).
#include <gmock/gmock.h>

#include "scenarios/test/fio_jobs.hpp"

namespace blkpath {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::vector<std::int64_t> smallest_blocks(const JobSpec& spec) {
  return {spec.bs[0].min.n, spec.bs[1].min.n, spec.bs[2].min.n};
}
std::vector<std::pair<std::int64_t, int>> shares(const BlockSizes& sizes) {
  std::vector<std::pair<std::int64_t, int>> out;
  for (const BlockSizeShare& share : sizes.split) out.emplace_back(share.size.n, share.percent);
  return out;
}

TEST(FioSetters, AnEmptySectionHasFiosDefaults) {
  const JobSpec job = one_job("");
  EXPECT_EQ(job.name, "job");
  EXPECT_FALSE(job.random);
  EXPECT_EQ(job.does, (PerDir<bool>{true, false, false}));
  EXPECT_THAT(smallest_blocks(job), ElementsAre(4096, 4096, 4096));
  EXPECT_EQ(job.engine, IoEngine::psync);
  EXPECT_EQ(job.iodepth, 1);
  EXPECT_EQ(job.iodepth_low, 1);
  EXPECT_EQ(job.iodepth_batch, 1);
  EXPECT_EQ(job.iodepth_batch_complete_min, 1);
  EXPECT_EQ(job.iodepth_batch_complete_max, 1);
  EXPECT_TRUE(job.rand_repeat);
  EXPECT_FALSE(job.size.has_value());
}

TEST(FioSetters, CommasSeparateReadWriteAndTrim) {
  EXPECT_THAT(smallest_blocks(one_job("bs=8k")), ElementsAre(8192, 8192, 8192));
  EXPECT_THAT(smallest_blocks(one_job("bs=4k,8k")), ElementsAre(4096, 8192, 8192));
  EXPECT_THAT(smallest_blocks(one_job("bs=8k,16k,")), ElementsAre(8192, 16384, 4096));
  EXPECT_THAT(smallest_blocks(one_job("bs=8k,,16k")), ElementsAre(8192, 4096, 16384));
  EXPECT_THAT(smallest_blocks(one_job("bs=,8k")), ElementsAre(4096, 8192, 8192));
  EXPECT_THAT(one_job("rate=1m,500k").rate,
              ElementsAre(ByteRate{1048576}, ByteRate{512000}, ByteRate{512000}));
  EXPECT_THAT(one_job("rate_iops=,200,").rate_iops, ElementsAre(0, 200, 0));
  EXPECT_THAT(one_job("percentage_random=50,0").percent_random, ElementsAre(50, 0, 0));
}

TEST(FioSetters, ABlockSizeRangeHidesBsInAnyOrder) {
  for (const char* options : {"bs=16k\nbsrange=2k-1k", "bsrange=1k:2k\nbs=16k"}) {
    const JobSpec job = one_job(options);
    EXPECT_EQ(job.bs[0].min, 1_KiB);
    EXPECT_EQ(job.bs[2].max, 2_KiB);
  }
  const JobSpec job = one_job("bs=8k\nbsrange=4k-8k,");
  EXPECT_EQ(job.bs[0].min, 4_KiB);
  EXPECT_EQ(job.bs[1].min, 8_KiB);
}

TEST(FioSetters, ABlockSizeSplitSharesOutWhatIsLeft) {
  EXPECT_THAT(shares(one_job("bssplit=4k/60:16k/40").bs[1]), ElementsAre(Pair(4096, 60), Pair(16384, 40)));
  EXPECT_THAT(shares(one_job("bssplit=4k/50:16k/").bs[0]), ElementsAre(Pair(4096, 50), Pair(16384, 50)));
  EXPECT_THAT(shares(one_job("bssplit=4k:8k:16k").bs[0]),
              ElementsAre(Pair(4096, 33), Pair(8192, 33), Pair(16384, 34)));
  const JobSpec job = one_job("bssplit=4k/50:64k/50,8k");
  EXPECT_EQ(job.bs[0].max, 64_KiB);
  EXPECT_THAT(shares(job.bs[1]), ElementsAre(Pair(8192, 100)));
  EXPECT_THAT(error_in_job("bssplit=4k/50:16k/60"), HasSubstr("has percentages that add up to 110, not 100"));
  EXPECT_THAT(error_in_job("bssplit=4k/50:16k/40"), HasSubstr("add up to 90"));
}

TEST(FioSetters, EveryDataDirectionIsKnown) {
  struct Mode {
    const char* name;
    bool random;
    PerDir<bool> does;
  };
  for (const Mode& mode :
       {Mode{"read", false, {true, false, false}}, Mode{"write", false, {false, true, false}},
        Mode{"trim", false, {false, false, true}}, Mode{"randread", true, {true, false, false}},
        Mode{"randwrite", true, {false, true, false}}, Mode{"randtrim", true, {false, false, true}},
        Mode{"rw", false, {true, true, false}}, Mode{"readwrite", false, {true, true, false}},
        Mode{"randrw", true, {true, true, false}}, Mode{"trimwrite", false, {false, true, true}},
        Mode{"randtrimwrite", true, {false, true, true}}}) {
    const JobSpec job = one_job(std::string("readwrite=") + mode.name);
    EXPECT_EQ(job.random, mode.random) << mode.name;
    EXPECT_EQ(job.does, mode.does) << mode.name;
  }
  EXPECT_THAT(error_in_job("rw=rand"), HasSubstr("t.fio:2: rw: 'rand' is none of read, write"));
}

TEST(FioSetters, ANumberAfterRwIsARunOfRandomOffsetsOrASequentialGap) {
  EXPECT_EQ(one_job("rw=randrw:8").sequence, 8);
  EXPECT_EQ(one_job("rw=write:4k").sequence_gap, 4_KiB);
  EXPECT_EQ(one_job("rw=read:-8k").sequence_gap.n, -8192);
  EXPECT_EQ(one_job("rw=randrw:8\nrw=randread").sequence, 1);
}

TEST(FioSetters, EnginesAreDriversAndOthersAreNamed) {
  for (const char* name : {"sync", "psync", "vsync", "pvsync", "pvsync2"})
    EXPECT_EQ(one_job(std::string("ioengine=") + name).engine, IoEngine::psync) << name;
  EXPECT_EQ(one_job("ioengine=libaio").engine, IoEngine::libaio);
  EXPECT_EQ(one_job("ioengine=posixaio").engine, IoEngine::posixaio);
  EXPECT_EQ(one_job("ioengine=io_uring").engine, IoEngine::io_uring);
  EXPECT_THAT(error_in_job("ioengine=mmap"), HasSubstr("'mmap' is not modelled; modelled are libaio"));
}

TEST(FioSetters, DirectAndBufferedAreOneSwitch) {
  EXPECT_TRUE(one_job("buffered=0").direct);
  EXPECT_FALSE(one_job("direct=1\nbuffered=1").direct);
  EXPECT_THAT(error_in_job("direct=true"), HasSubstr("'true' is not a number, for example '1'"));
  EXPECT_THAT(error_in_job("direct=2"), HasSubstr("'2' is above 1"));
  EXPECT_THAT(error_in_job("direct"), HasSubstr("t.fio:2: direct: needs a value, for example '1'"));
}

TEST(FioSetters, RandomDistributionsCarryTheirParameters) {
  using Kind = RandomDistribution::Kind;
  EXPECT_EQ(one_job("random_distribution=zipf").distribution.parameter, 1.1);
  EXPECT_EQ(one_job("random_distribution=pareto").distribution.parameter, 0.2);
  const JobSpec zipf = one_job("rw=randread\nrandom_distribution=zipf:1.2:0.25");
  EXPECT_EQ(zipf.distribution.kind, Kind::zipf);
  EXPECT_EQ(zipf.distribution.parameter, 1.2);
  EXPECT_EQ(zipf.distribution.center, 0.25);
  EXPECT_FALSE(zipf.random_map) << "fio: a distribution excludes the random map";
  EXPECT_LT(one_job("random_distribution=normal:10").distribution.center, 0);
  const auto zones = one_job("random_distribution=zoned:50/5:30/15:20/").distribution.zones;
  ASSERT_EQ(zones.size(), 3u);
  EXPECT_EQ(zones[1].access, 30);
  EXPECT_EQ(zones[2].size, 80);
  EXPECT_THAT(error_in_job("random_distribution=zipf:1.0"), HasSubstr("has a theta of 1"));
  EXPECT_THAT(error_in_job("random_distribution=pareto:1.5"), HasSubstr("outside 0 to 1"));
  EXPECT_THAT(error_in_job("random_distribution=zoned:60/10:30/"), HasSubstr("add up to 90, not 100"));
}

TEST(FioSetters, AnAlignmentOfItsOwnTurnsTheRandomMapOff) {
  EXPECT_TRUE(one_job("rw=randread\nbs=8k\nblockalign=8k").random_map);
  const JobSpec job = one_job("rw=randread\nbs=8k\nba=4k");
  EXPECT_FALSE(job.random_map);
  EXPECT_EQ(job.block_align[0], 4_KiB);
  EXPECT_EQ(one_job("rw=read\nbs=8k\nba=4k").block_align[0].n, 0);
}

TEST(FioSetters, DepthsDependOnEachOther) {
  const JobSpec job = one_job("iodepth=32\niodepth_batch_submit=0\niodepth_batch_complete=4\niodepth_low=64");
  EXPECT_EQ(job.iodepth_batch, 32);
  EXPECT_EQ(job.iodepth_batch_complete_min, 4);
  EXPECT_EQ(job.iodepth_batch_complete_max, 4);
  EXPECT_EQ(job.iodepth_low, 32);
  EXPECT_EQ(one_job("iodepth=4k").iodepth, 4096) << "counts take suffixes too";
}

TEST(FioSetters, SwitchesOfRandomnessAndFlushing) {
  const JobSpec job =
      one_job("randrepeat=0\nrandseed=0x89\nfsync=4\nfdatasync=8\nfsync_on_close=1\nsync=dsync\nloops=0");
  EXPECT_FALSE(job.rand_repeat);
  EXPECT_EQ(job.rand_seed, 137u);
  EXPECT_EQ(job.fsync, 4);
  EXPECT_EQ(job.fdatasync, 8);
  EXPECT_TRUE(job.end_fsync);
  EXPECT_TRUE(job.dsync);
  EXPECT_FALSE(job.sync);
  EXPECT_EQ(job.loops, 1);
  EXPECT_TRUE(one_job("randrepeat=0\nallrandrepeat=1").rand_repeat);
  EXPECT_TRUE(one_job("sync=1").sync);
}

TEST(FioSetters, ReportingOptionsAreKept) {
  const JobSpec job =
      one_job("percentile_list=99.9:50\nlat_percentiles=1\nlog_avg_msec=500\nwrite_bw_log=out\nunit_base=8");
  EXPECT_THAT(job.percentiles, ElementsAre(50, 99.9));
  EXPECT_TRUE(job.lat_percentiles);
  EXPECT_EQ(job.log_avg, 500ms);
  EXPECT_EQ(job.write_bw_log, "out");
  EXPECT_EQ(job.unit_base, 8);
  EXPECT_THAT(error_in_job("percentile_list=50:200"), HasSubstr("has a percentile outside 0 to 100"));
}

TEST(FioSetters, ConflictsAreReportedWhereTheOptionStands) {
  EXPECT_EQ(error_in_job("rwmixread=101"), "t.fio:2: rwmixread: '101' is above 100, for example '70'");
  EXPECT_EQ(error_in_job("bs=0"), "t.fio:2: bs: '0' is below 1, for example '16k'");
  EXPECT_THAT(error_in_job("iodepth=0"), HasSubstr("'0' is below 1"));
  EXPECT_THAT(error_in_job("numjobs=0"), HasSubstr("'0' is below 1"));
  EXPECT_EQ(error_in_file("[global]\niodepth_batch=8\n[job]\niodepth=4"),
            "t.fio:2: iodepth_batch: 8 is more than the iodepth, 4");
  EXPECT_EQ(error_in_job("bs=4k\ntime_based"),
            "t.fio:3: time_based: needs a runtime, for example 'runtime=60'");
  EXPECT_THAT(error_in_job("rate=1m\nrate_iops=10"), HasSubstr("rate_iops: excludes rate"));
  EXPECT_EQ(error_in_job("size=1k"), "t.fio:2: size: 1KiB is less than the smallest block, 4KiB");
  EXPECT_EQ(one_job("rwmixread=30\nrwmixwrite=80").read_percent, 20);
}

TEST(FioSetters, DirectIoIsAlignedToSectors) {
  const std::string direct = "direct=1\nrw=randwrite\n";
  EXPECT_EQ(error_in_job(direct + "bs=100"),
            "t.fio:4: bs: 100B is no multiple of 512 bytes, to which O_DIRECT answers EINVAL; for example "
            "'bs=4k', or 'direct=0'");
  EXPECT_THAT(error_in_job(direct + "bsrange=100-4k"), HasSubstr("t.fio:4: bsrange: 100B is no multiple"));
  EXPECT_THAT(error_in_job(direct + "bssplit=4k/50:1000/50"),
              HasSubstr("t.fio:4: bssplit: 1kB is no multiple"));
  EXPECT_THAT(error_in_job(direct + "bsrange=4k-8k\nbs_unaligned"),
              HasSubstr("t.fio:5: bs_unaligned: makes"));
  EXPECT_THAT(error_in_job(direct + "ba=700"), HasSubstr("t.fio:4: ba: 700B is no multiple"));
  EXPECT_THAT(error_in_job(direct + "offset=700"), HasSubstr("t.fio:4: offset: 700B is no multiple"));
  EXPECT_THAT(
      error_in_job("direct=1\nrw=write:100"),
      HasSubstr("t.fio:3: rw: 100B is no multiple of 512 bytes, to which O_DIRECT answers EINVAL; for "
                "example 'rw=write:4k'"));
  EXPECT_EQ(one_job(direct + "bs=512").bs[1].min.n, 512);
  EXPECT_EQ(one_job("direct=1\nrw=read\nbs=4k,100").bs[0].min.n, 4096);  // it does not write
  EXPECT_EQ(one_job("rw=randwrite\nbs=100").bs[1].min.n, 100);           // buffered
}

}  // namespace
}  // namespace blkpath
