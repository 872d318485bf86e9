-- Whether tokens in force are stored under a pepper that a process does not know is asked for each token that it does not find.
create index tokens_by_pepper on tokens (pepper_id, expires_at) where state = 'active';
