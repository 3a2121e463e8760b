/* lwIP 2.1.3 as this board needs it: IPv4, UDP, ARP, ICMP echo, DHCP; no TCP, no fragments, no operating system. */
#ifndef LINNET_LWIPOPTS_H
#define LINNET_LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_TIMERS 1

#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ARP 1
#define LWIP_ICMP 1
#define LWIP_RAW 0
#define LWIP_TCP 0
#define LWIP_UDP 1
#define LWIP_DHCP 1
#define DHCP_DOES_ARP_CHECK 0
#define LWIP_DNS 0
#define LWIP_IGMP 0
#define LWIP_AUTOIP 0
/* Datagrams stay below 1,152 bytes (RFC 7252 4.6): nothing we send or want is fragmented. */
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define ARP_QUEUEING 1
#define ETH_PAD_SIZE 2

#define MEM_ALIGNMENT 4
/* Datagrams on their way out: the CoAP window is 1, ARP may hold a few more. */
#define MEM_SIZE 4096
#define MEMP_NUM_PBUF 4
#define MEMP_NUM_UDP_PCB 2
#define MEMP_NUM_ARP_QUEUE 4
#define PBUF_POOL_SIZE 8
#define PBUF_POOL_BUFSIZE 1536

#define LWIP_STATS 1
#define LINK_STATS 0
#define ETHARP_STATS 0
#define IP_STATS 0
#define IPFRAG_STATS 0
#define ICMP_STATS 0
#define UDP_STATS 0
#define TCP_STATS 0
#define MEMP_STATS 0
#define SYS_STATS 0
#define MEM_STATS 1
#define LWIP_STATS_DISPLAY 0

#define LWIP_NETIF_HOSTNAME 0
#define LWIP_NETIF_STATUS_CALLBACK 0
#define LWIP_HAVE_LOOPIF 0

#endif
