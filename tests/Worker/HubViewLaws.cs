using RlCore.Worker.Hosting;
using RlCore.Worker.Views;
using Spectre.Console;

namespace RlCore.Worker.Tests;

/// <summary>A download is shown.</summary>
public sealed class HubViewLaws
{
    [Fact]
    public void Elsewhere_than_at_a_terminal_a_line_is_written_for_each_file_and_every_five_seconds()
    {
        var clock = new SteppedClock();
        using var output = new StringWriter();
        using var error = new StringWriter();
        string result = HubView.Create(new Outputs(output, error), quiet: false, clock).Watch(view =>
        {
            view.FileAdvanced("config.json", 600, 600);
            foreach (int second in Enumerable.Range(1, 12))
            {
                clock.Now = second;
                view.FileAdvanced("model.safetensors", second * 100_000_000L, 1_200_000_000);
            }

            view.Noted("slow");
            return "folder";
        });
        Assert.Equal("folder", result);
        Assert.Equal("", output.ToString());
        Assert.Equal(
            [
                "downloaded config.json, 0.0 MB",
                "downloading model.safetensors: 41.7 % of 1,200.0 MB",
                "downloading model.safetensors: 83.3 % of 1,200.0 MB",
                "downloaded model.safetensors, 1,200.0 MB",
                "warning: slow",
            ],
            error.ToString().TrimEnd().Split(Environment.NewLine));
    }

    [Fact]
    public void Quiet_writes_only_warnings()
    {
        using var error = new StringWriter();
        HubView view = HubView.Create(new Outputs(TextWriter.Null, error), quiet: true, TimeProvider.System);
        view.FileAdvanced("config.json", 600, 600);
        view.Noted("slow");
        Assert.Equal($"warning: slow{Environment.NewLine}", error.ToString());
    }

    [Fact]
    public void Bars_appear_with_the_first_byte()
    {
        using var none = new StringWriter();
        Assert.Equal(1, new HubBarView(Terminal(none)).Watch(_ => 1));
        Assert.Equal("", none.ToString());
        using var output = new StringWriter();
        Assert.Equal(2, new HubBarView(Terminal(output)).Watch(view =>
        {
            view.FileAdvanced("model[1].safetensors", 10, 20);
            view.FileAdvanced("empty.json", 0, 0);
            view.FileAdvanced("model[1].safetensors", 20, 20);
            return 2;
        }));
        Assert.Contains("model[1].safetensors", output.ToString(), StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() =>
            new HubBarView(Terminal(output)).Watch<int>(view =>
            {
                view.FileAdvanced("config.json", 1, 2);
                throw new InvalidOperationException();
            }));
    }

    private static IAnsiConsole Terminal(TextWriter output) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        Interactive = InteractionSupport.Yes,
        Out = new AnsiConsoleOutput(output),
    });

    private sealed class SteppedClock : TimeProvider
    {
        public int Now { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Now;
    }
}
