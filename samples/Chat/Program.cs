using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

HostApplicationBuilder builder = Host.CreateApplicationBuilder();
builder.Services.AddSingleton<IChatClient>(_ => RlCore.Chat.RlCoreChatClient.Load(args[0]));
using IHost host = builder.Build();
await foreach (var piece in host.Services.GetRequiredService<IChatClient>().GetStreamingResponseAsync(args[1])) Console.Write(piece);
