//! More odd but valid videos, as cameras, broadcasters, editors and old programs make them.

/// File names, what is odd first, and the commands that make them.
pub const ODDER: &[(&str, &str)] = &[
    ("alpha.mov", "ffmpeg $V -c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le $OUT"),
    ("alpha.webm", "ffmpeg $V -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuva420p $OUT"),
    ("alpha.gif", "ffmpeg -f lavfi -i color=c=red@0.0:s=32x24:d=1:r=10,format=rgba $OUT"),
    ("alpha-runs.mov", "ffmpeg $V -c:v qtrle -pix_fmt argb $OUT"),
    (
        "two-programs.ts",
        "ffmpeg $V -f lavfi -i testsrc2=s=64x48:r=10:d=1 $A $A -map 0 -map 2 -map 1 -map 3 -c:v mpeg2video -c:a mp2 \
      -program title=one:st=0:st=1 -program title=two:st=2:st=3 $OUT",
    ),
    ("asf.wmv", "ffmpeg $V $A -c:v wmv2 -c:a wmav2 $OUT"),
    ("sorenson.flv", "ffmpeg $V $A -c:v flv -c:a libmp3lame -ar 44100 $OUT"),
    ("h264.flv", "ffmpeg $V $A $X -bf 2 -c:a aac $OUT"),
    ("phone.3gp", "ffmpeg $V $A -s 176x144 -c:v h263 -c:a aac $OUT"),
    ("mjpeg-161x91.avi", "ffmpeg -f lavfi -i testsrc2=s=161x91:d=1 $A -c:v mjpeg -pix_fmt yuvj420p -c:a pcm_u8 $OUT"),
    ("bottom-up.avi", "ffmpeg $V -c:v rawvideo -pix_fmt bgr24 -s 50x20 $OUT"),
    ("huffyuv.avi", "ffmpeg $V $A -c:v huffyuv -pix_fmt yuv422p -c:a adpcm_ms $OUT"),
    ("theora.ogv", "ffmpeg $V $A -c:v libtheora -c:a libvorbis $OUT"),
    ("mpeg1.mpg", "ffmpeg $V $A -c:v mpeg1video -c:a mp2 $OUT"),
    ("broadcast.mxf", "ffmpeg $V $A -c:v mpeg2video -c:a pcm_s16le -ar 48000 $OUT"),
    (
        "dv.avi",
        "ffmpeg -f lavfi -i testsrc2=s=720x576:r=25:d=0.2 $A -t 0.2 -c:v dvvideo -pix_fmt yuv420p -c:a pcm_s16le -ar 48000 $OUT",
    ),
    ("raw.y4m", "ffmpeg $V -pix_fmt yuv420p $OUT"),
    ("one-bit.nut", "ffmpeg $V -c:v rawvideo -pix_fmt monow $OUT"),
    ("gray16.mkv", "ffmpeg $V -c:v ffv1 -pix_fmt gray16le $OUT"),
    ("rgb12.mkv", "ffmpeg $V -c:v ffv1 -pix_fmt gbrp12le $OUT"),
    ("twelve-bit-alpha.mov", "ffmpeg $V -c:v prores_ks -pix_fmt yuva444p10le $OUT"),
    ("cover.mkv", "ffmpeg -i plain.mp4 -attach cover.jpg -metadata:s:t mimetype=image/jpeg -c copy $OUT"),
    ("timecode.mov", "ffmpeg $V $A -timecode 01:02:03:04 $X -c:a aac $OUT"),
    (
        "eight-sounds.mkv",
        "ffmpeg $V $A $A $A $A $A $A $A $A -map 0 -map 1 -map 2 -map 3 -map 4 -map 5 -map 6 -map 7 -map 8 $X -c:a flac \
      $OUT",
    ),
    ("ass.mkv", "ffmpeg $V $A -i words.srt -map 0 -map 1 -map 2 $X -c:a aac -c:s ass $OUT"),
    (
        "edit-list-b-frames.mp4",
        "ffmpeg $V $A $X -bf 3 -g 12 -c:a aac long.mp4; ffmpeg -ss 0.6 -i long.mp4 -c copy $OUT",
    ),
    ("one-frame.mp4", "ffmpeg $V -frames:v 1 $X $OUT"),
    ("size-3x1.mkv", "ffmpeg $V -vf crop=3:1:0:0:exact=1,format=yuv444p -c:v ffv1 $OUT"),
    ("size-1x3.mov", "ffmpeg $V -vf crop=1:3:0:0:exact=1,format=rgb24 -c:v png $OUT"),
    ("1000-fps.mp4", "ffmpeg -f lavfi -i testsrc2=s=64x48:r=1000:d=0.1 $A -t 0.1 $X -c:a aac $OUT"),
    ("1000-fps.mkv", "ffmpeg -f lavfi -i testsrc2=s=64x48:r=1000:d=0.1 $X $OUT"),
    ("slow.mp4", "ffmpeg -f lavfi -i testsrc2=s=64x48:r=1/10:d=50 $X $OUT"),
    ("fine-ticks.mp4", "ffmpeg $V $A $X -c:a aac -video_track_timescale 10000000 $OUT"),
    ("short-sound.mp4", "ffmpeg $V -f lavfi -i sine=d=0.4 $X -c:a aac $OUT"),
    ("long-frame.mp4", "ffmpeg $V $A -vf 'setpts=PTS+gte(N\\,10)*30/TB' -vsync vfr $X -c:a aac $OUT"),
    ("long-frame.mkv", "ffmpeg $V $A -vf 'setpts=PTS+gte(N\\,10)*30/TB' -vsync vfr $X -c:a aac $OUT"),
    ("cropped.mp4", "ffmpeg -i plain.mp4 -c copy -bsf:v h264_metadata=crop_left=4:crop_top=2:crop_right=6 $OUT"),
    ("narrow-pixels.mp4", "ffmpeg $V $X -vf setsar=10/11 $OUT"),
    (
        "turned90-interlaced.mp4",
        "ffmpeg $V -vf scale=160:96 $X -flags +ildct+ilme -x264-params tff=1 two.mp4; \
      ffmpeg -i two.mp4 -c copy -metadata:s:v rotate=90 $OUT",
    ),
    ("long-gop.mkv", "ffmpeg $V $A $X -g 1000 -bf 16 -x264-params b-pyramid=strict -c:a libopus $OUT"),
    ("intra-refresh.mp4", "ffmpeg $V $A -c:v libx264 -threads 1 -x264-params intra-refresh=1:keyint=10 -c:a aac $OUT"),
    ("hevc.mp4", "ffmpeg $V $A -c:v libx265 -preset ultrafast -x265-params log-level=none:pools=1 -c:a ac3 $OUT"),
    ("av1.mkv", "ffmpeg $V $A -c:v libaom-av1 -cpu-used 8 -usage realtime -c:a eac3 $OUT"),
];
